// Package pysyntax reads Python: the expressions and the simple statements that stand in
// the directives of a template. The result is a syntax tree of Starlark, which package
// pyvalue runs.
//
// A construct that Starlark spells or treats differently becomes a call of an
// intrinsic, a function whose name starts with _tt_, or an operator of the writer _tt_w.
// Package pyvalue implements both. All nodes of one directive share one position: the
// line of the directive, as in Tornado's tracebacks.
//
// Where to put a change: a token goes to tokens.go, an operator to expressions.go, a
// comparison to comparison.go, a list, dict or set display to literals.go, what follows a
// value to calls.go, a statement to statements.go. The name of a method of Python's own
// types goes to MethodNames, and its behaviour to package pyvalue.
package pysyntax
