"""Renders templates with real Tornado: a list of questions in, a list of answers out."""
import base64, datetime, json, math, sys, traceback, types
from tornado import escape, template
from tornado.util import ObjectDict

import html
# Release 6.5 escapes by html.escape; older ones have a function of their own.
escape.xhtml_escape = lambda value: html.escape(escape.to_unicode(value))


class row:
    """A Go struct: attributes, and str() as Go prints it."""
    def __init__(self, fields):
        self.__dict__.update(fields)

    def shout(self, text="hey"):
        return text.upper() + "!"

    def greet(self, greeting, loud=False):
        text = "%s, %s" % (greeting, self.name)
        return text.upper() if loud else text


def value(v):
    if isinstance(v, list):
        return [value(x) for x in v]
    if not isinstance(v, dict):
        return v
    if "$bytes" in v:
        return v["$bytes"].encode("latin1")
    if "$time" in v:
        return datetime.datetime.strptime(v["$time"], "%Y-%m-%dT%H:%M:%S%z")
    if "$row" in v:
        return row({k: value(x) for k, x in v["$row"].items()})
    return ObjectDict({k: value(x) for k, x in v.items()})


def fails():
    raise ValueError("no luck")


functions = {
    "upper": lambda s: escape.to_unicode(s).upper(),
    "inc": lambda n: n + 1,
    "brackets": lambda s: "[" + escape.to_unicode(s) + "]",
    "as_bytes": lambda s: b"<" + escape.utf8(s) + b">",
    "join": lambda *args: "+".join(args),
    "markup": lambda: "<b>bold</b>",
    "fails": fails,
    "py_escape": lambda s: repr(escape.native_str(s)),
    "locale": ObjectDict(format_date=lambda d, full_format=False, shorter=False: "%s %s %s" % (d.strftime("%Y-%m-%d"), full_format, shorter)),
    "_tt_modules": ObjectDict(
        Entry=lambda entry, show_comments=False: "<entry %s %s>" % (entry["title"], show_comments),
        xsrf_form_html=lambda: '<input type="hidden"/>',
        linkify=lambda text, **kw: escape.linkify(text, **kw)),
    "_": lambda message, plural=None, count=None: message if plural is None or count == 1 else plural,
    "static_url": lambda path: "/static/" + path + "?v=1",
    "reverse_url": lambda name, *args: "/".join(["", name] + [str(a) for a in args]),
}


def place(exc):
    """Where a failing template says it failed: the innermost comment of generated code."""
    found = ""
    for line in traceback.format_exception(type(exc), exc, exc.__traceback__):
        if "# " in line:
            found = line.rsplit("# ", 1)[1].strip().split("\n")[0]
    return found


def answer(q):
    args = {}
    if "autoescape" in q:
        args["autoescape"] = None if q["autoescape"] == "None" else q["autoescape"]
    if "whitespace" in q:
        args["whitespace"] = q["whitespace"]
    try:
        if "source" in q:
            t = template.Template(escape.utf8(q["source"]), name=q.get("name", "<string>"), **args)
        else:
            loader = template.DictLoader(q["files"], **args)
            t = loader.load(q["name"])
        names = dict(functions)
        names.update({k: value(v) for k, v in q.get("names", {}).items()})
        out = t.generate(**names)
        return {"out": base64.b64encode(out).decode()}
    except template.ParseError as e:
        return {"error": "ParseError", "message": str(e)}
    except SyntaxError as e:
        comment = (e.text or "").rsplit("# ", 1)
        return {"error": "SyntaxError", "place": comment[1].strip() if len(comment) > 1 else ""}
    except BaseException as e:
        return {"error": type(e).__name__, "message": str(e), "place": place(e)}


import logging
logging.disable(logging.CRITICAL)
json.dump([answer(q) for q in json.load(sys.stdin)], sys.stdout)
