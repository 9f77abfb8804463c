package template

// A node is a piece of a parsed template. One struct serves all kinds: the tree is small,
// and the emitter is one switch.
type node struct {
	kind nodeKind
	line int
	text string  // literal text, expression, statement, or name of a block or file
	body []*node // of a block
	file *file   // that the node was read from; its autoescape counts in a block
}

// A nodeKind is a kind of directive, or literal text.
type nodeKind uint8

const (
	textNode nodeKind = iota
	exprNode
	rawNode
	moduleNode
	statementNode // set, import, from
	branchNode    // break, continue
	controlNode   // if, for, while, try: text is the whole tag
	middleNode    // else, elif, except, finally: text is the whole tag
	applyNode
	blockNode
	includeNode
	extendsNode
)

// A file is one parsed template source.
type file struct {
	name       string
	autoescape string // name of the function that escapes {{ }}; "" for none
	body       []*node
}
