// Package pysyntax reads Python: the expressions and the simple statements that stand in
// the directives of a template. The result is a syntax tree of Starlark, which package
// pyvalue runs.
//
// A construct that Starlark lacks, or that behaves differently there, becomes a call of an
// intrinsic (a function whose name starts with _tt_) or an operator of the writer _tt_w.
// Package pyvalue implements both. All nodes of one directive share one position: the
// line of the directive, as in Tornado's tracebacks.
//
// Where to put a change:
//
//	a token                                tokens.go, escapes.go
//	an operator                            expressions.go
//	a comparison                           comparison.go
//	a list, dict or set display            literals.go
//	a comprehension                        comprehension.go
//	an f-string                            fstring.go
//	an attribute, subscript or call        calls.go
//	a statement, or a target               statements.go
//	a method of Python's own types         MethodNames, and its behaviour in package pyvalue
//	an intrinsic                           its call here, its behaviour in package pyvalue
package pysyntax
