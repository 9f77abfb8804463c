// Package pyvalue defines how values behave in a template: Python's types with their
// methods and operators, the built-in functions and modules, exceptions, formats, and
// values of Go as a template sees them. An [Interpreter] runs the programs that package
// template compiles, on Starlark. All operators and methods are Python's only as far as
// this package makes them so: Starlark's own differ in booleans, strings and limits.
//
// A table of signatures, such as "split(sep=None, maxsplit=-1)", describes each type's methods
// and each function; bind (signature.go) gives the arguments of every call their places.
//
// Where to put a change:
//
//	a method of str                        strmethods.go (the table), strsearch.go, strpadding.go,
//	                                       strtranslate.go, split.go, codecs.go
//	a method of another type               bytesmethods.go, listmethods.go, dictmethods.go, sets.go,
//	                                       numbermethods.go, datetimemethods.go, timeofday.go
//	the name of a method                   pysyntax.MethodNames too; its row: testdata/expressions.py
//	a type                                 classes.go; how classes and methods work: class.go
//	a built-in function                    builtins.go (the table), numbers.go, iteration.go, namespaces.go
//	an operator                            operators.go, integers.go, floats.go, subscripts.go
//	a comparison                           equality.go, order.go
//	a format                               format.go, percent.go (%), strformat.go (str.format), strftime.go
//	a module for import                    modules.go (the table), jsonmodule.go, mathmodule.go, datetimemodule.go
//	an exception class                     exceptions.go; a message of Starlark: messages.go
//	a function that the compiler calls     intrinsics.go (the table), collections.go, tryblocks.go
//	a kind of Go value                     adaptor.go, then goobject.go, goslice.go, gomap.go, gofunction.go
//	a conversion back to Go                conversion.go
//	a limit                                run.go (charge), keys.go, repr.go (maxText), integers.go (maxBits)
package pyvalue
