package web

// encodingSuffix returns the extension of files with a Content-Encoding.
func encodingSuffix(encoding string) string {
	if encoding == "gzip" {
		return ".gz"
	}
	return "." + encoding
}

// choosePrecompressed opens the precompressed file if the client accepts it.
func (h *StaticFileHandler) choosePrecompressed() {
	accepted := h.Request().Headers.Get("Accept-Encoding")
	if accepted == "" || h.file.path != h.absolutePath {
		return
	}
	for _, encoding := range []string{"br", "gzip"} {
		if !acceptsEncoding(accepted, encoding) {
			continue
		}
		file, err := h.openBelow(h.linkRoot, h.absolutePath+encodingSuffix(encoding), h.currentFS())
		if err != nil {
			continue
		}
		if !file.mode.IsRegular() || file.modified.Before(h.file.modified) {
			file.close()
			continue
		}
		h.file.close()
		h.file, h.encoding = file, encoding
		return
	}
}
