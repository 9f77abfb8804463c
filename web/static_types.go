package web

import (
	"mime"
	"path"
	"strings"
	"sync"
)

// knownTypes has the types of Python's module mimetypes and of newer formats that browsers
// load, in the format of the file mime.types. Extensions of application/octet-stream are
// not listed.
const knownTypes = `
application/atom+xml atom
application/dash+xml mpd
application/epub+zip epub
application/json json map
application/ld+json jsonld
application/manifest+json webmanifest
application/msword doc dot wiz
application/n-quads nq
application/n-triples nt
application/oda oda
application/ogg ogx
application/pdf pdf
application/pkcs7-mime p7c
application/postscript ai eps ps
application/rss+xml rss
application/toml toml
application/trig trig
application/vnd.android.package-archive apk
application/vnd.apple.mpegurl m3u m3u8
application/vnd.ms-excel xlb xls
application/vnd.ms-fontobject eot
application/vnd.ms-powerpoint pot ppa pps ppt pwz
application/vnd.oasis.opendocument.graphics odg
application/vnd.oasis.opendocument.presentation odp
application/vnd.oasis.opendocument.spreadsheet ods
application/vnd.oasis.opendocument.text odt
application/vnd.openxmlformats-officedocument.presentationml.presentation pptx
application/vnd.openxmlformats-officedocument.spreadsheetml.sheet xlsx
application/vnd.openxmlformats-officedocument.wordprocessingml.document docx
application/vnd.rar rar
application/wasm wasm
application/x-7z-compressed 7z
application/x-bcpio bcpio
application/x-cpio cpio
application/x-csh csh
application/x-debian-package deb
application/x-dvi dvi
application/x-gtar gtar
application/x-hdf hdf
application/x-hdf5 h5
application/x-httpd-php php
application/x-latex latex
application/x-mif mif
application/x-netcdf cdf nc
application/x-pkcs12 p12 pfx
application/x-pn-realaudio ram
application/x-python-code pyc pyo
application/x-rpm rpm
application/x-sh sh
application/x-shar shar
application/x-shockwave-flash swf
application/x-sv4cpio sv4cpio
application/x-sv4crc sv4crc
application/x-tar tar
application/x-tcl tcl
application/x-tex tex
application/x-texinfo texi texinfo
application/x-troff roff t tr
application/x-troff-man man
application/x-troff-me me
application/x-troff-ms ms
application/x-ustar ustar
application/x-wais-source src
application/xhtml+xml xhtml
application/xml rdf wsdl xpdl xsl
application/yaml yaml yml
application/zip zip
audio/3gpp 3gp 3gpp
audio/3gpp2 3g2 3gpp2
audio/aac aac adts ass loas
audio/basic au snd
audio/flac flac
audio/matroska mka
audio/midi mid midi
audio/mp4 m4a
audio/mpeg mp2 mp3
audio/ogg oga ogg
audio/opus opus
audio/webm weba
audio/x-aiff aif aifc aiff
audio/x-pn-realaudio ra
audio/x-wav wav
font/otf otf
font/ttf ttf
font/woff woff
font/woff2 woff2
image/apng apng
image/avif avif
image/bmp bmp
image/emf emf
image/fits fits
image/g3fax g3
image/gif gif
image/heic heic
image/heif heif
image/ief ief
image/jp2 jp2
image/jpeg jpe jpeg jpg
image/jpm jpm
image/jpx jpx
image/jxl jxl
image/pict pct pic pict
image/png png
image/svg+xml svg
image/t38 t38
image/tiff tif tiff
image/tiff-fx tfx
image/vnd.microsoft.icon ico
image/webp webp
image/wmf wmf
image/x-cmu-raster ras
image/x-portable-anymap pnm
image/x-portable-bitmap pbm
image/x-portable-graymap pgm
image/x-portable-pixmap ppm
image/x-rgb rgb
image/x-xbitmap xbm
image/x-xpixmap xpm
image/x-xwindowdump xwd
message/rfc822 eml mht mhtml nws
model/gltf+json gltf
model/gltf-binary glb
model/stl stl
text/calendar ics
text/css css
text/csv csv
text/html htm html
text/javascript cjs js mjs
text/markdown markdown md
text/n3 n3
text/plain bat c h ksh pl srt txt
text/richtext rtx
text/rtf rtf
text/tab-separated-values tsv
text/vtt vtt
text/x-python py
text/x-rst rst
text/x-setext etx
text/x-sgml sgm sgml
text/x-vcard vcf
text/xml xml
video/matroska mkv
video/matroska-3d mk3d
video/mp4 mp4
video/mpeg m1v mpa mpe mpeg mpg
video/ogg ogv
video/quicktime mov qt
video/webm webm
video/x-m4v m4v
video/x-ms-wmv wmv
video/x-msvideo avi
video/x-sgi-movie movie
`

// typeByExtension maps extensions such as ".avi" to their types in knownTypes.
var typeByExtension = sync.OnceValue(func() map[string]string {
	types := map[string]string{}
	for line := range strings.Lines(knownTypes) {
		fields := strings.Fields(line)
		for _, extension := range fields[min(1, len(fields)):] {
			types["."+extension] = fields[0]
		}
	}
	return types
})

// GetContentType returns the value of Content-Type for the extension of the file:
// application/gzip for compression by gzip, application/octet-stream for other compressions
// and for unknown extensions. Types of mime.AddExtensionType and of the system take
// precedence over the types of this package. Tornado: get_content_type.
func (h *StaticFileHandler) GetContentType() string { return contentType(h.absolutePath) }

func contentType(name string) string {
	base := strings.TrimLeft(path.Base(name), ".") // a dot at the beginning of a name does not begin an extension
	switch ext := strings.ToLower(path.Ext(base)); ext {
	case ".gz", ".tgz", ".taz", ".tz", ".svgz":
		return "application/gzip"
	case "", ".z", ".bz2", ".tbz2", ".xz", ".txz", ".br":
		return "application/octet-stream"
	default:
		return typeOf(ext)
	}
}

func typeOf(extension string) string {
	t, _, _ := strings.Cut(mime.TypeByExtension(extension), ";")
	if t == "" || t == "audio/webm" && extension == ".webm" { // Go's table lists webm as audio
		t = typeByExtension()[extension]
	}
	if t == "" {
		t = "application/octet-stream"
	}
	return t
}
