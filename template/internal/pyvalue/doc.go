// Package pyvalue is how values behave in a template: Python's own types, its operators,
// built-in functions, modules, exceptions and formats, and values of Go seen from inside.
// An [Interpreter] runs the programs that package template compiles, on Starlark.
package pyvalue
