"""A web page and a web service that read the digits in a picture, with Flask.

    pip install 'mnist-edge[examples]'
    flask --app examples/web_app.py run --port 8000
    curl --data-binary @page.jpg http://127.0.0.1:8000/digits

Or open http://127.0.0.1:8000 in a browser. Flask's own server is for trying out; for more, run the same app in waitress,
gunicorn or uWSGI: the classifier may be used by several threads, and after a fork.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, request
from werkzeug.exceptions import HTTPException

from mnist_edge import DigitClassifier, Status

PAGE = """<!doctype html><title>Digits</title><h1>Which digits are in this picture?</h1>
<input type="file" accept="image/*" onchange="send(this.files[0])"> <pre id="answer"></pre>
<script>
async function send(picture) {
  const answer = await (await fetch("digits", {method: "POST", body: picture})).json();
  document.getElementById("answer").textContent = answer.text || answer.message;
}
</script>"""

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 10 * 2**20  # bytes; a larger picture is refused before it is read
classifier = DigitClassifier(max_pixels=30_000_000)  # a small file can hold a huge picture


@app.get("/")
def page() -> str:
    """A page to try it out."""
    return PAGE


@app.post("/digits")
def digits() -> tuple[dict[str, Any], int]:
    """The digits in the picture that is the body of the request."""
    scene = classifier.read(request.get_data(cache=False))
    return scene.to_dict(), 422 if scene.status is Status.ERROR else 200


@app.errorhandler(HTTPException)
def refuse(error: HTTPException) -> tuple[dict[str, Any], int]:
    """Errors as JSON, too: too large (413), no such page (404), and so on."""
    return {"status": "error", "message": error.description}, error.code or 500
