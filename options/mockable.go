package options

// A Mockable changes options for the time of a test. Tornado: options.mockable.
type Mockable struct {
	parser  *OptionParser
	patched map[string]bool
}

// Mockable returns a Mockable of the parser.
func (p *OptionParser) Mockable() *Mockable { return &Mockable{p, map[string]bool{}} }

// Patch sets an option and returns the function that restores the value before it:
// defer it, or hand it to testing.T.Cleanup. Patching a name twice needs a second
// Mockable: it panics, as does an unknown name or a value of another type.
func (m *Mockable) Patch(name string, value any) (restore func()) {
	o, err := m.parser.lookUp(name)
	if err != nil {
		panic(err)
	}
	name = normalize(name)
	if m.patched[name] {
		panic("options: don't reuse mockable objects: " + quoted(name) + " is patched already")
	}
	m.patched[name] = true
	before, from, source := o.current(), o.from, o.source
	if err := o.set(value); err != nil {
		panic(err)
	}
	return func() {
		delete(m.patched, name)
		if err := o.store(before, from, source); err != nil {
			panic(err)
		}
	}
}
