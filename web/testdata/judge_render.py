"""The routes of judge_render_test.go."""

import datetime
import os

import tornado.locale
from tornado import template, web
from tornado.web import Application, Finish, HTTPError, UIModule

HERE = os.path.join(os.path.dirname(__file__), "render")
tornado.locale.load_translations(os.path.join(HERE, "locale"))


class Page(web.RequestHandler):
    """Renders a template."""

    def values(self):
        return dict(
            name=self.get_argument("name", "World"),
            items=[1, 2, 3],
            n=int(self.get_argument("n", "3")),
            when=datetime.datetime(2011, 3, 13, 7, 6, 40),
            how=self.get_argument("how", ""),
            css=self.get_argument("css", ".a"),
        )

    def get_current_user(self):
        return self.get_cookie("user", None)

    def get(self, name):
        self.render(name + ".html", **self.values())

    head = post = get


class Strings(Page):
    def get(self, name):
        self.write(b"[" + self.render_string(name + ".html", **self.values()) + b"]")
        self.write(self.render_string(name + ".html", **self.values()))


class Around(Page):
    def get(self, how):
        if how == "before":
            self.write("before ")
            self.render("hello.html", **self.values())
        elif how == "twice":
            self.render("hello.html", **self.values())
            self.render("hello.html", **self.values())
        elif how == "dropped":
            try:
                self.render_string("division.html", **self.values())
            except ZeroDivisionError:
                self.write("caught ")
            self.render("hello.html", **self.values())
        elif how == "status":
            self.set_status(404)
            self.set_header("X-A", "b")
            self.render("nothing.html")
        elif how == "strings":
            self.render_string("modules.html", **self.values())
            self.render("order.html", **self.values())


class Linked(Page):
    def render_linked_js(self, js_files):
        return "js:" + ",".join(js_files)

    def render_embed_js(self, js_embed):
        return b"JS:" + b",".join(js_embed)

    def render_linked_css(self, css_files):
        return "css:" + ",".join(css_files)

    def render_embed_css(self, css_embed):
        return b"CSS:" + b",".join(css_embed)


class UserLocale(Page):
    def get_user_locale(self):
        code = self.get_argument("lang", "")
        return tornado.locale.get(code) if code else None


class Prepared(Page):
    def prepare(self):
        self.locale = tornado.locale.get(self.get_argument("lang", "es"))


class Browser(Page):
    def get(self, default):
        self.write(self.get_browser_locale(default).code + " " + self.locale.code)


class Namespaced(Page):
    def get_template_namespace(self):
        namespace = super().get_template_namespace()
        namespace.update(extra="from the namespace", name="hidden by the argument")
        return namespace

    def get(self, name):
        self.render("extra.html", **({"name": name} if name else {}))


class Elsewhere(Page):
    def get_template_path(self):
        return os.path.join(HERE, "other")


class OwnLoader(Page):
    def get_template_path(self):
        return "of its own"

    def create_template_loader(self, template_path):
        return template.DictLoader({"hello.html": "from " + template_path + " {{ name }}"}, autoescape=None)


class Errors(Page):
    def get(self, code):
        raise HTTPError(int(code))

    def write_error(self, status_code, **kwargs):
        self.render("missing.html" if status_code == 418 else "error.html", status=status_code)


class EntryModule(UIModule):
    def render(self, text, brief=False):
        return self.render_string("entry.html", text=text, brief=brief)

    def embedded_javascript(self):
        return "entry()"

    def javascript_files(self):
        return ["/common.js", "a.txt", "https://example.com/x.js?a&b", "/common.js"]

    def embedded_css(self):
        return ".entry { }"

    def css_files(self):
        return "/entry.css"

    def html_head(self):
        return "<meta name=entry>"

    def html_body(self):
        return "<!-- entry -->"


class CountModule(UIModule):
    count = 0

    def render(self):
        self.count += 1
        return str(self.count)


class WhoModule(UIModule):
    def render(self):
        return " ".join([str(self.current_user), self.request.path, self.locale.code, self.handler.get_argument("a", "-"),
                         self.ui["shout"]("ui")])


class SmallModule(UIModule):
    def render(self, text):
        return "<small>" + text + "</small>"

    def embedded_css(self):
        return "small { }"


class BoxModule(UIModule):
    def render(self, *parts):
        return "<div>" + "".join(parts) + "</div>"

    def embedded_css(self):
        return "div { }"

    def embedded_javascript(self):
        return "box()"


class BytesModule(UIModule):
    def render(self):
        return b"<i>bytes</i>"


class FailModule(UIModule):
    def render(self, how):
        if how == "404":
            raise HTTPError(404)
        if how == "finish":
            raise Finish("finished early")
        if how == "argument":
            self.handler.get_argument("needed")
        raise ValueError("failed")


def shout(handler, text, times=1):
    return text.upper() * times


def where(handler):
    return handler.request.path


routes = [
    (r"/page/(.*)", Page),
    (r"/string/(.*)", Strings),
    (r"/around/(.*)", Around),
    (r"/linked/(.*)", Linked),
    (r"/user/(.*)", UserLocale),
    (r"/prepared/(.*)", Prepared),
    (r"/browser/(.*)", Browser),
    (r"/namespaced/(.*)", Namespaced),
    (r"/elsewhere/(.*)", Elsewhere),
    (r"/own/(.*)", OwnLoader),
    (r"/error/(.*)", Errors),
    web.url(r"/entry/(.*)", Page, name="entry"),
]
settings = dict(
    template_path=HERE,
    static_path=os.path.join(HERE, "static"),
    site="The site",
    ui_methods={"shout": shout, "where": where},
    ui_modules={
        "Entry": EntryModule, "Count": CountModule, "Who": WhoModule, "Small": SmallModule, "Box": BoxModule,
        "Bytes": BytesModule, "Fail": FailModule,
    },
)


def servers():
    loader = template.DictLoader({"hello.html": "{% autoescape None %}from the dict {{ name }}"})

    def another(**more):  # loaders are the process's, by path: each application needs one of its own
        another.path = getattr(another, "path", HERE) + "/."
        return {**settings, "template_path": another.path, **more}

    return {
        "": (Application(routes, **settings), {}),
        "plain": (Application(routes, **another(autoescape=None, template_whitespace="all")), {}),
        "oneline": (Application(routes, **another(template_whitespace="oneline", compiled_template_cache=False)), {}),
        "loader": (Application(routes, **another(template_loader=loader)), {}),
        "bare": (Application(routes), {}),
    }
