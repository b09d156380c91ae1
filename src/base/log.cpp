#include "base/log.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/json_string.hpp"
#include "base/line_writer.hpp"

namespace nassaq::log {
namespace {

constexpr std::size_t most_pending = std::size_t{1} << 20;
constexpr std::size_t usual_line_length = 384;

/// The one piece of global state of the program: the log is wanted everywhere, also where nothing can be passed to.
struct Sink {
    std::atomic<bool> is_open = false;
    std::atomic<LineWriter*> writer = nullptr;         ///< The last of `writers`.
    std::vector<std::unique_ptr<LineWriter>> writers;  ///< Of a program one; none ever goes.
    std::atomic<Level> level = Level::info;
    std::atomic<Format> format = Format::text;
};

/// Never destroyed: threads that nobody can wait for may log until the process is gone.
Sink& sink() {
    static Sink* const instance = std::make_unique<Sink>().release();
    return *instance;
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

std::string to_line(Level level, std::string_view message, Fields fields) {
    std::string line;
    line.reserve(usual_line_length);
    if (sink().format == Format::json) {
        format_json(line, level, message, fields);
    } else {
        format_text(line, level, message, fields);
    }
    return line;
}

void write(Level level, std::string_view message, Fields fields) {
    if (is_enabled(level)) sink().writer.load()->add(to_line(level, message, fields));
}

}  // namespace

Running::Running(Level level, Format format) {
    Sink& target = sink();
    target.level = level;
    target.format = format;
    target.writers.push_back(std::make_unique<LineWriter>(STDERR_FILENO, most_pending, [](std::size_t lines) {
        return to_line(Level::warning, "log lines dropped, as they came faster than they could be written",
                       {{"lines", lines}});
    }));
    target.writer = target.writers.back().get();
    target.is_open = true;
}

Running::~Running() {
    sink().is_open = false;
    sink().writer.load()->close();
}

bool is_enabled(Level level) {
    return sink().is_open.load(std::memory_order_acquire) && level >= sink().level.load(std::memory_order_relaxed);
}

Level level() {
    return sink().level;
}

void change_level(Level level) {
    const Level before = sink().level;
    sink().level = std::min(before, level);
    write(std::min(before, level), "the log level is set", {{"before", name_of(before)}, {"now", name_of(level)}});
    sink().level = level;
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
