package options

import (
	"flag"
	"reflect"
)

// AddGoFlags defines an option for each flag of set, such as flag.CommandLine, that is not
// an option yet: libraries that define flags can be configured with the program's
// options. Setting the option sets the flag.
func (p *OptionParser) AddGoFlags(set *flag.FlagSet) {
	set.VisitAll(func(f *flag.Flag) {
		if p.Has(f.Name) {
			return
		}
		_, usage := flag.UnquoteUsage(f)
		var value any = f.DefValue
		callback := Callback(func(text string) error { return p.setFlag(f, text) })
		if b, ok := f.Value.(interface{ IsBoolFlag() bool }); ok && b.IsBoolFlag() {
			value = f.DefValue == "true"
			callback = Callback(func(on bool) error { return p.setFlag(f, map[bool]string{true: "true", false: "false"}[on]) })
		}
		o := newOption(f.Name, value, reflect.TypeOf(value), usage, 0, []DefineOption{Group("flags"), callback})
		_ = p.addOption(o) // Has said that there is none
	})
}

func (p *OptionParser) setFlag(f *flag.Flag, text string) error {
	if err := f.Value.Set(text); err != nil {
		return errorf(f.Name, text, "Option %s cannot be %s: %v", quoted(f.Name), quoted(text), err)
	}
	return nil
}
