"""Renders a page with real Tornado for some time and says what each rendering cost."""
import json, sys, time
from types import SimpleNamespace as Row
from tornado import template

page, warmup, duration = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
render = template.DictLoader(json.load(sys.stdin)).load(page + ".html").generate
names = dict(
    entries=[Row(id=i, name="Item <" + "x" * (i % 10) + "> & co", price=i + 0.25, tags=["red", "green"]) for i in range(100)],
    site="Example", user="Ben & Jerry", title="News", upper=str.upper,
    links=[Row(href=h, caption=c) for h, c in [("/", "Home"), ("/about", "About"), ("/archive", "Old & new")]],
    posts=[Row(title="Post <%d>" % i, body="Some text & more. " * 5, comments=["one", "two"][:i % 3]) for i in range(20)])
if duration == 0:
    sys.stdout.buffer.write(render(**names))
    sys.exit()


def run(seconds):
    end, count = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        render(**names)
        count += 1
    return count


run(warmup)
before = time.process_time()
count = run(duration)
json.dump({"pages": count, "cpu": (time.process_time() - before) * 1e6 / max(count, 1)}, sys.stdout)
