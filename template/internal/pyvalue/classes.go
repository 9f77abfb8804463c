package pyvalue

import (
	"sync"

	"go.starlark.net/starlark"
)

// These are the classes of Python's own types. The function init fills in their tables of
// methods, because methods refer to classes.
var (
	objectClass    = &class{name: "object", path: "object"}
	typeClass      = &class{name: "type", path: "type"}
	noneClass      = &class{name: "NoneType", path: "NoneType"}
	strClass       = &class{name: "str", path: "str"}
	bytesClass     = &class{name: "bytes", path: "bytes"}
	intClass       = &class{name: "int", path: "int"}
	boolClass      = &class{name: "bool", path: "bool", base: intClass}
	floatClass     = &class{name: "float", path: "float"}
	listClass      = &class{name: "list", path: "list"}
	tupleClass     = &class{name: "tuple", path: "tuple"}
	dictClass      = &class{name: "dict", path: "dict"}
	frozenSetClass = &class{name: "frozenset", path: "frozenset"}
	setClass       = &class{name: "set", path: "set"}
	rangeClass     = &class{name: "range", path: "range"}
	sliceClass     = &class{name: "slice", path: "slice"}
	datetimeClass  = &class{name: "datetime", path: "datetime.datetime", base: dateClass}
	dateClass      = &class{name: "date", path: "datetime.date"}
	timeClass      = &class{name: "time", path: "datetime.time"}
	timedeltaClass = &class{name: "timedelta", path: "datetime.timedelta"}
	timezoneClass  = &class{name: "timezone", path: "datetime.timezone"}
)

// viewClasses and iteratorClasses are the classes of values that only functions make, by name. If
// a name is also a built-in name, such as zip, the class can be called.
var (
	viewClasses     = map[string]*class{}
	iteratorClasses = map[string]*class{}
)

func init() {
	typeClass.define("type(*args)", makeType, nil)
	sliceClass.define("slice(start, stop=?, step=?, /)", makeSlice, nil)
	noneClass.define("NoneType()", func(*starlark.Thread, starlark.Tuple) (starlark.Value, error) { return starlark.None, nil }, nil)
	strClass.define("str(object=?, encoding=?, errors=?)", makeStr, strMethods)
	strClass.static("maketrans(x, y=?, z=?, /)", makeTrans)
	bytesClass.define("bytes(source=?, encoding=?, errors=?)", makeBytes, bytesMethods)
	bytesClass.static("maketrans(frm, to, /)", bytesMakeTrans)
	bytesClass.static("fromhex(string, /)", bytesFromHex)
	intClass.define("int(x=?, /, base=?)", makeInt, intMethods)
	intClass.static("from_bytes(bytes, byteorder='big', *, signed=False)", intFromBytes)
	intClass.getters = intGetters()
	boolClass.define("bool(x=False, /)", func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		return args[0].Truth(), nil
	}, nil)
	floatClass.define("float(x=?, /)", makeFloat, floatMethods)
	floatClass.static("fromhex(string, /)", floatFromHex)
	floatClass.getters = numberGetters(asNumber, func(starlark.Value) starlark.Value { return starlark.Float(0) })
	listClass.define("list(iterable=?, /)", makeList, listMethods)
	tupleClass.define("tuple(iterable=?, /)", makeTuple, tupleMethods)
	dictClass.define("dict(*args, **kwargs)", makeDict, dictMethods)
	dictClass.static("fromkeys(iterable, value=None, /)", fromKeys)
	setClass.define("set(iterable=?, /)", makeSet, append(append([]routine{}, frozenSetMethods...), setMethods...))
	frozenSetClass.define("frozenset(iterable=?, /)", makeFrozenSet, frozenSetMethods)
	rangeClass.define("range(start, stop=?, step=?, /)", makeRange, rangeMethods)
	rangeClass.getters = map[string]func(starlark.Value) starlark.Value{
		"start": func(v starlark.Value) starlark.Value { return starlark.MakeInt(v.(*pyRange).start) },
		"stop":  func(v starlark.Value) starlark.Value { return starlark.MakeInt(v.(*pyRange).stop) },
		"step":  func(v starlark.Value) starlark.Value { return starlark.MakeInt(v.(*pyRange).step) },
	}
	for name, routines := range map[string][]routine{
		"dict_keys": {{"isdisjoint(other, /)", asking(isDisjoint)}}, "dict_items": {{"isdisjoint(other, /)", asking(isDisjoint)}}, "dict_values": nil,
	} {
		viewClasses[name] = &class{name: name, path: name}
		viewClasses[name].define("", nil, routines)
	}
	for signature, fn := range map[string]builtinFunc{
		"enumerate(iterable, start=0)": enumerateOf, "filter(function, iterable, /)": filterOf, "map(*args)": mapOf,
		"reversed(*args)": reversedOf, "zip(*iterables, strict=False)": zipOf,
	} {
		f := newFunction(signature, fn)
		iteratorClasses[f.name] = &class{name: f.name, path: f.name, make: f}
	}
}

// define fills in the table of methods, and the constructor. The signature construct has the name
// of the class.
func (c *class) define(construct string, fn builtinFunc, methods []routine) {
	if fn != nil {
		c.make = newFunction(construct, fn)
	}
	c.methods = map[string]*method{}
	for _, r := range methods {
		m := &method{&function{parseSignature(r.signature, c.name+"."), r.call}, c}
		c.methods[m.name] = m
	}
}

// static adds a static or class method.
func (c *class) static(signature string, fn builtinFunc) {
	if c.members == nil {
		c.members = map[string]starlark.Value{}
	}
	f := newFunction(signature, fn)
	f.owner = c.name + "."
	c.members[f.name] = f
}

// otherClasses caches the classes of values that have no table, by name.
var otherClasses sync.Map

func otherClass(name string) *class {
	c, ok := otherClasses.Load(name)
	if !ok {
		c, _ = otherClasses.LoadOrStore(name, &class{name: name, path: name})
	}
	return c.(*class)
}

// nativeAttr returns an attribute of a value that has only the attributes of its class.
func nativeAttr(x starlark.Value, name string) (starlark.Value, error) {
	c := classOf(x)
	if v := c.attribute(x, name); v != nil {
		return v, nil
	}
	switch x := x.(type) {
	case starlark.Callable:
		if name == "__name__" || name == "__qualname__" {
			return starlark.String(x.Name()), nil
		}
	case *dictView:
		if name == "mapping" {
			return nil, notSupported("the attribute mapping")
		}
	case *pySliceValue:
		if v := x.attribute(name); v != nil {
			return v, nil
		}
	}
	if isDunder(name) {
		return nil, notSupported("the attribute " + name)
	}
	return nil, raise("AttributeError", "'%s' object has no attribute '%s'", c.path, name)
}

func makeStr(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	x, encoding, errors := args[0], args[1], args[2]
	if encoding == nil && errors == nil {
		switch v := x.(type) {
		case nil:
			return starlark.String(""), nil
		case starlark.Bytes:
			text, err := appendRepr(nil, v)
			return starlark.String(text), err
		}
		text, err := appendStr(nil, x)
		return starlark.String(text), err
	}
	if encoding == nil {
		encoding = starlark.String("utf-8")
	}
	if errors == nil {
		errors = starlark.String("strict")
	}
	c, handler, err := codecArguments("str", encoding, errors)
	if err != nil {
		return nil, err
	}
	switch v := x.(type) {
	case nil:
		return starlark.String(""), nil
	case starlark.Bytes:
		text, err := c.decode(string(v), handler)
		return starlark.String(text), err
	case starlark.String:
		return nil, raise("TypeError", "decoding str is not supported")
	}
	return nil, raise("TypeError", "decoding to str: need a bytes-like object, %s found", pyType(x))
}

func makeList(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	if args[0] == nil {
		return starlark.NewList(nil), nil
	}
	elems, err := iterableElements(thread, args[0])
	return starlark.NewList(elems), err
}

func makeTuple(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	if args[0] == nil {
		return starlark.Tuple{}, nil
	}
	if t, ok := args[0].(starlark.Tuple); ok {
		return t, nil
	}
	elems, err := iterableElements(thread, args[0])
	return starlark.Tuple(elems), err
}

// classOf returns type(v).
func classOf(v starlark.Value) *class {
	switch v := v.(type) {
	case starlark.String:
		return strClass
	case starlark.Int:
		return intClass
	case *starlark.List, *goSlice:
		return listClass
	case *starlark.Dict, *goMap:
		return dictClass
	case starlark.Float:
		return floatClass
	case starlark.Bool:
		return boolClass
	case starlark.NoneType:
		return noneClass
	case starlark.Tuple:
		return tupleClass
	case starlark.Bytes:
		return bytesClass
	case *starlark.Set:
		return setClass
	case frozenSet:
		return frozenSetClass
	case *pyRange:
		return rangeClass
	case *pySliceValue:
		return sliceClass
	case *dictView:
		return viewClasses[v.Type()]
	case *datetime:
		return datetimeClass
	case *date:
		return dateClass
	case *timeOfDay:
		return timeClass
	case timedelta:
		return timedeltaClass
	case *timezone:
		return timezoneClass
	case *exception:
		return exceptionClassOf(v.err)
	case *class:
		return typeClass
	case *iterator:
		if c := iteratorClasses[v.kind]; c != nil {
			return c
		}
	case *goObject:
		return v.info.classOfObjects()
	case *starlark.Function, *goFunc:
		return otherClass("function")
	case *starlark.Builtin:
		return otherClass("builtin_function_or_method")
	}
	return otherClass(v.Type())
}

// pyType returns the name of v's type in messages.
func pyType(v starlark.Value) string { return classOf(v).path }
