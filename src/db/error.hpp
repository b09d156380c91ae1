#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace nassaq::db {

/// What went wrong, the same on every database.
enum class ErrorKind {
    unique_violation,
    foreign_key_violation,
    not_null_violation,
    too_long,
    busy,             ///< Locked for too long, or no free connection: worth another try.
    throttled,        ///< The database has more to do than it is allowed or able to: to be left alone for some seconds.
    deadlock,         ///< The database has rolled the transaction back, so that others could go on.
    connection_lost,  ///< The database is away; whether a COMMIT went through is not known.
    timeout,
    stopped,  ///< Nobody wants the answer any more: see Database::read() with a stop token.
    full,     ///< There is no room left where the database is.
    other,
};

/// Thrown by every call that reaches the database. Its message is for the log, never for a client.
class Error : public std::runtime_error {
public:
    Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
    /// @param constraint  what the message says to be violated, where the database names it.
    Error(ErrorKind kind, const std::string& message, std::string constraint)
        : std::runtime_error(message), kind_(kind), constraint_(std::move(constraint)) {}

    [[nodiscard]] ErrorKind kind() const { return kind_; }
    /// Whether the same may well succeed a little later.
    [[nodiscard]] bool is_passing() const {
        return kind_ == ErrorKind::busy || kind_ == ErrorKind::throttled || kind_ == ErrorKind::deadlock ||
               kind_ == ErrorKind::connection_lost || kind_ == ErrorKind::timeout;
    }
    /// Whether the database is away: it starts, wakes, moves to another machine, or cannot be reached.
    [[nodiscard]] bool is_outage() const { return kind_ == ErrorKind::connection_lost; }
    /// Whether the violated constraint is the unique one on `name`, a column or an index.
    [[nodiscard]] bool is_unique_violation_of(std::string_view name) const {
        const std::string_view named = constraint_.empty() ? std::string_view(what()) : constraint_;
        return kind_ == ErrorKind::unique_violation && named.find(name) != std::string_view::npos;
    }

private:
    ErrorKind kind_;
    std::string constraint_;
};

}  // namespace nassaq::db
