#include "base/log.hpp"

#include <fmt/format.h>
#include <spdlog/async.h>
#include <spdlog/async_logger.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>

#include "base/clock.hpp"
#include "base/json_string.hpp"

namespace nassaq::log {
namespace {

constexpr std::size_t queued_lines = 2048;
constexpr std::size_t usual_line_length = 384;

/// The one piece of global state of the program: the log is wanted everywhere, also where nothing can be passed to.
struct Sink {
    std::shared_ptr<spdlog::details::thread_pool> thread;
    std::shared_ptr<spdlog::async_logger> logger;
    Format format = Format::text;
};

Sink& sink() {
    static Sink instance;
    return instance;
}

spdlog::level::level_enum to_spdlog(Level level) {
    switch (level) {
        case Level::debug:
            return spdlog::level::debug;
        case Level::info:
            return spdlog::level::info;
        case Level::warning:
            return spdlog::level::warn;
        case Level::error:
            return spdlog::level::err;
    }
    return spdlog::level::err;
}

std::string_view name_of(Level level) {
    switch (level) {
        case Level::debug:
            return "debug";
        case Level::info:
            return "info";
        case Level::warning:
            return "warning";
        case Level::error:
            return "error";
    }
    return "error";
}

/// A text as a JSON string, which also keeps a line feed in it from forging a line of its own.
void append_json_value(std::string& line, const Field& field) {
    if (const auto* text = std::get_if<std::string_view>(&field.value)) {
        append_json_string(line, *text);
    } else {
        std::visit([&](const auto& value) { fmt::format_to(std::back_inserter(line), "{}", value); }, field.value);
    }
}

/// Control characters are not: they could move a terminal's cursor or forge a line.
bool is_plain(char c) {
    return static_cast<unsigned char>(c) > ' ' && c != '"' && c != '=' && c != '\\' && c != '\x7F';
}

void append_text_value(std::string& line, const Field& field) {
    const auto* text = std::get_if<std::string_view>(&field.value);
    if (text != nullptr && !text->empty() && std::ranges::all_of(*text, is_plain)) {
        line += *text;
    } else {
        append_json_value(line, field);
    }
}

void format_json(std::string& line, Level level, std::string_view message, Fields fields) {
    line.append(R"({"time":")").append(to_sortable(now())).append(R"(Z","level":")").append(name_of(level));
    line += R"(","message":)";
    append_json_string(line, message);
    for (const Field& field : fields) {
        line += ',';
        append_json_string(line, field.key);
        line += ':';
        append_json_value(line, field);
    }
    line += '}';
}

void format_text(std::string& line, Level level, std::string_view message, Fields fields) {
    fmt::format_to(std::back_inserter(line), "{}Z {:<7} {}", to_sortable(now()), name_of(level), message);
    for (const Field& field : fields) {
        line.append(" ").append(field.key).append("=");
        append_text_value(line, field);
    }
}

void write(Level level, std::string_view message, Fields fields) {
    if (!is_enabled(level)) {
        return;
    }
    std::string line;
    line.reserve(usual_line_length);
    if (sink().format == Format::json) {
        format_json(line, level, message, fields);
    } else {
        format_text(line, level, message, fields);
    }
    sink().logger->log(to_spdlog(level), line);
}

}  // namespace

void start(Level level, Format format) {
    Sink& target = sink();
    target.format = format;
    target.thread = std::make_shared<spdlog::details::thread_pool>(queued_lines, 1);
    target.logger =
        std::make_shared<spdlog::async_logger>("nassaq", std::make_shared<spdlog::sinks::stderr_sink_st>(),
                                               target.thread, spdlog::async_overflow_policy::overrun_oldest);
    target.logger->set_pattern("%v");
    target.logger->set_level(to_spdlog(level));
}

void stop() {
    sink().logger.reset();
    sink().thread.reset();  // Joins the writing thread, which empties the queue first.
}

bool is_enabled(Level level) {
    const auto& logger = sink().logger;
    return logger != nullptr && logger->should_log(to_spdlog(level));
}

void debug(std::string_view message, Fields fields) {
    write(Level::debug, message, fields);
}
void info(std::string_view message, Fields fields) {
    write(Level::info, message, fields);
}
void warning(std::string_view message, Fields fields) {
    write(Level::warning, message, fields);
}
void error(std::string_view message, Fields fields) {
    write(Level::error, message, fields);
}

}  // namespace nassaq::log
