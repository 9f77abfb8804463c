package web

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestHooksAreCalledOnSelf parses this package. A method may call a hook only on self,
// because otherwise the override of an embedding struct would not run.
func TestHooksAreCalledOnSelf(t *testing.T) {
	files := parseSources(t)
	hooks := interfaceMethods(files, "Handler")
	require.Greater(t, len(hooks), 15)
	onSelf := map[string]bool{}
	for _, fn := range methods(files) {
		receiver := fn.Recv.List[0].Names[0].Name
		ast.Inspect(fn.Body, func(n ast.Node) bool {
			call, ok := n.(*ast.SelectorExpr)
			if !ok || !slices.Contains(hooks, call.Sel.Name) {
				return true
			}
			switch x := call.X.(type) {
			case *ast.Ident:
				if x.Name == receiver && !isModule(fn) {
					t.Errorf("%s calls %s.%s, which skips overrides: call it on self", fn.Name.Name, receiver, call.Sel.Name)
				}
			case *ast.SelectorExpr:
				if x.Sel.Name == "self" {
					onSelf[call.Sel.Name] = true
				}
			}
			return true
		})
	}
	for _, hook := range hooks {
		if !onSelf[hook] && hook != "APrototypeIsAStructThatEmbedsOneRequestHandler" {
			t.Errorf("nothing calls the hook %s on self", hook)
		}
	}
}

// isModule reports whether fn is a method of a UI module. A UI module has a RenderString of
// its own.
func isModule(fn *ast.FuncDecl) bool {
	return strings.HasSuffix(strings.ToLower(receiverType(fn)), "module")
}

func receiverType(fn *ast.FuncDecl) string {
	of := fn.Recv.List[0].Type
	if pointer, ok := of.(*ast.StarExpr); ok {
		of = pointer.X
	}
	name, _ := of.(*ast.Ident)
	if name == nil {
		return ""
	}
	return name.Name
}

// helpers are the exported methods of RequestHandler that are not hooks. A struct with a
// method of such a name changes only its own calls. The doc comment of Handler says so, and
// names the hook to override. A new method must be added here or to Handler.
const helpers = `
	AddHeader AddSlash Application AsyncCallback Asynchronous Authenticated CheckEtagHeader ClearAllCookies ClearHeader Context
	CreateSignedValue CurrentUser DecodeSignedValue Detach Finished Flush Framework GetArgument GetArguments GetBodyArgument
	GetBodyArguments GetCookie GetQueryArgument GetQueryArguments GetReason GetSecureCookie GetSecureCookieKeyVersion
	GetSignedCookie GetSignedCookieKeyVersion GetStatus HTTPClient HTTPRequest Locale LookupArgument LookupBodyArgument LookupCookie LookupQueryArgument Loop PathArg PathArgs PathKwargs
	ReadJSON ReceiveForm ReleaseConnection RemoveSlash Render Request RetainConnection Self SetBodyTimeout
	SetCurrentUser SetEtagHeader SetHeader SetIncludeHost SetLocale SetMaxBodySize SetSecureCookie SetSignedCookie SetStatus
	Settings UI Write WriteJSON WriteString XSRFFormHTML XSRFToken`

func TestEveryMethodIsAHookOrAHelper(t *testing.T) {
	files := parseSources(t)
	hooks, helpers := interfaceMethods(files, "Handler"), strings.Fields(helpers)
	var all []string
	for _, fn := range methods(files) {
		if name := fn.Name.Name; fn.Name.IsExported() && receiverType(fn) == "RequestHandler" {
			all = append(all, name)
			if slices.Contains(hooks, name) == slices.Contains(helpers, name) {
				t.Errorf("RequestHandler.%s must be either a hook of Handler or one of the helpers of this test", name)
			}
		}
	}
	for _, name := range helpers {
		if !slices.Contains(all, name) {
			t.Errorf("RequestHandler has no method %s", name)
		}
	}
}

func parseSources(t *testing.T) (files []*ast.File) {
	names, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		require.NoError(t, err)
		files = append(files, file)
	}
	return files
}

// interfaceMethods returns the exported methods of an interface.
func interfaceMethods(files []*ast.File, name string) (methods []string) {
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok || spec.Name.Name != name {
				return true
			}
			for _, m := range spec.Type.(*ast.InterfaceType).Methods.List {
				if len(m.Names) > 0 && m.Names[0].IsExported() {
					methods = append(methods, m.Names[0].Name)
				}
			}
			return false
		})
	}
	return methods
}

// methods returns the methods with a named receiver.
func methods(files []*ast.File) (methods []*ast.FuncDecl) {
	for _, file := range files {
		for _, d := range file.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv != nil && len(fn.Recv.List[0].Names) > 0 {
				methods = append(methods, fn)
			}
		}
	}
	return methods
}
