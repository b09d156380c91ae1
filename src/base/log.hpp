#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <variant>

/// The process's log: one line an event on standard error, as text or JSON, written by a thread of its own so that no
/// caller waits for a slow terminal. When that thread cannot keep up, lines are dropped and counted.
///
/// Never pass a password, a token, a key or a connection string.
namespace nassaq::log {

enum class Level { debug, info, warning, error };
enum class Format { text, json };

/// One named value of an event. Borrows its text until the call returns.
struct Field {
    std::string_view key;
    std::variant<std::string_view, std::int64_t, double, bool> value;

    Field(std::string_view name, std::string_view text) : key(name), value(text) {}
    Field(std::string_view name, const char* text) : key(name), value(std::string_view(text)) {}
    Field(std::string_view name, std::integral auto number) : key(name), value(static_cast<std::int64_t>(number)) {}
    Field(std::string_view name, double number) : key(name), value(number) {}
    Field(std::string_view name, bool flag) : key(name), value(flag) {}
};
using Fields = std::initializer_list<Field>;

/// Logging, as long as it lives: one in a process, made before everything that logs, so that it ends after that.
/// Without it nothing is written. Its end writes out what is pending. Threads that outlive even it, as those of
/// libraries may, can go on logging in vain.
class Running {
public:
    Running(Level level, Format format);
    ~Running();
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
};
bool is_enabled(Level level);

[[nodiscard]] Level level();
/// From any thread, at any time. Says so in the log, before or after: whenever more of it is written.
void change_level(Level level);
std::string_view name_of(Level level);

void debug(std::string_view message, Fields fields = {});
void info(std::string_view message, Fields fields = {});
void warning(std::string_view message, Fields fields = {});
void error(std::string_view message, Fields fields = {});

}  // namespace nassaq::log
