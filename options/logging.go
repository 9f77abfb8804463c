package options

import "github.com/gotornado/tornado/log"

// DefineLoggingOptions defines the options of [log.Options] in p: logging, log_to_stderr,
// log_file_prefix, log_file_max_size, log_file_num_backups, log_rotate_mode,
// log_rotate_when, log_rotate_interval and log_format. A final parse calls
// [log.EnablePrettyLogging] with them. The global parser has them.
// Tornado: log.define_logging_options.
func DefineLoggingOptions(p *OptionParser) {
	logging := DefineIn(p, "logging", "info", "lowest level that is logged, then levels of single loggers, "+
		"such as info,tornado.access=warning. 'none' leaves logging as it is",
		Metavar("debug|info|warning|error|none"))
	toStderr := DefineIn(p, "log_to_stderr", false, "log to stderr, colored on a terminal. "+
		"By default if there is no log file", NoDefault())
	prefix := DefineIn(p, "log_file_prefix", "", "path of the log file", Metavar("PATH"), NoDefault())
	maxSize := DefineIn(p, "log_file_max_size", int64(100_000_000), "bytes of a log file before rotation")
	backups := DefineIn(p, "log_file_num_backups", 10, "number of rotated log files to keep")
	mode := DefineIn(p, "log_rotate_mode", "size", "how log files are rotated: size, time, or watch "+
		"for files that another program rotates")
	when := DefineIn(p, "log_rotate_when", "midnight", "unit of time for rotation by time: "+
		"S, M, H, D, W0 to W6 or midnight")
	interval := DefineIn(p, "log_rotate_interval", 1, "number of units between rotations by time")
	format := DefineIn(p, "log_format", "text", "format of log lines: text, json or logfmt")
	p.AddParseCallback(func() error {
		settings := log.Options{
			Logging: logging.Value(), LogFilePrefix: prefix.Value(), LogFileMaxSize: maxSize.Value(),
			LogFileNumBackups: backups.Value(), LogRotateMode: mode.Value(), LogRotateWhen: when.Value(),
			LogRotateInterval: interval.Value(), Format: format.Value(),
		}
		if settings.LogFileMaxSize == 0 { // in Settings, 0 is the default
			settings.LogFileMaxSize = -1
		}
		if settings.LogFileNumBackups == 0 {
			settings.LogFileNumBackups = -1
		}
		if logging.option.current() == nil {
			settings.Logging = "none"
		}
		if v, ok := toStderr.option.current().(bool); ok {
			settings.LogToStderr = &v
		}
		_, err := log.EnablePrettyLogging(settings)
		return err
	})
}
