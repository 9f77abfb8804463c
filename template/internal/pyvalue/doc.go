// Package pyvalue defines how values behave in a template: Python's types with their
// methods and operators, the built-in functions and modules, exceptions, formats, and
// values of Go as a template sees them. An [Interpreter] runs the programs that package
// template compiles, on Starlark. All operators and methods are Python's only as far as
// this package makes them so: Starlark's own differ in booleans, strings and limits.
//
// Where to put a change:
//
//	a method of str, bytes, list or dict   strmethods.go, bytesmethods.go, methods.go,
//	                                       and its name in pysyntax.MethodNames
//	a built-in function                    builtins.go (the table), numbers.go, iteration.go, types.go
//	an operator                            operators.go, integers.go, equality.go, subscripts.go
//	a format                               format.go, percent.go (%), strformat.go (str.format), strftime.go
//	a module for import                    modules.go (the table), json.go, mathmodule.go, datetimemodule.go
//	an exception class                     exceptions.go; a message of Starlark: messages.go
//	a function that the compiler calls     intrinsics.go (the table), collections.go, tryblocks.go
//	a kind of Go value                     adaptor.go, then goobject.go, goslice.go, gomap.go, gofunction.go
//	a conversion back to Go                conversion.go
//	a limit                                run.go (charge), keys.go, repr.go (maxText), integers.go (maxBits)
package pyvalue
