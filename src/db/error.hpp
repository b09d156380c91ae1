#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace nassaq::db {

/// What went wrong, the same on every database.
enum class ErrorKind {
    unique_violation,
    foreign_key_violation,
    not_null_violation,
    too_long,
    busy,             ///< Locked for too long, a deadlock, or no free connection: worth another try.
    connection_lost,  ///< The database is away; whether a COMMIT went through is not known.
    timeout,
    other,
};

/// Thrown by every call that reaches the database. Its message is for the log, never for a client.
class Error : public std::runtime_error {
public:
    Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}

    [[nodiscard]] ErrorKind kind() const { return kind_; }
    /// Whether the violated constraint is the unique one on `name`, a column or an index.
    [[nodiscard]] bool is_unique_violation_of(std::string_view name) const {
        return kind_ == ErrorKind::unique_violation && std::string_view(what()).find(name) != std::string_view::npos;
    }

private:
    ErrorKind kind_;
};

}  // namespace nassaq::db
