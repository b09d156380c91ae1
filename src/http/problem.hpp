#pragma once

#include <boost/json/value.hpp>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include "base/refusal_code.hpp"
#include "http/message.hpp"

namespace nassaq::http {

/// A refusal of HTTP's own, thrown where no value can be returned: it becomes `{"detail": …, "code": …}` with this
/// status.
class Problem : public std::exception {
public:
    Problem(int status, RefusalCode code, std::string_view detail)
        : status_(status), code_(code), detail_(boost::json::string(detail)) {}
    /// A literal would convert to a text and to a JSON value alike.
    Problem(int status, RefusalCode code, const char* detail) : Problem(status, code, std::string_view(detail)) {}
    /// For validation errors, whose detail is an array.
    Problem(int status, RefusalCode code, boost::json::value detail)
        : status_(status), code_(code), detail_(std::move(detail)) {}

    Problem&& with_header(std::string_view name, std::string_view value) &&;

    [[nodiscard]] int status() const { return status_; }
    [[nodiscard]] RefusalCode code() const { return code_; }
    [[nodiscard]] const boost::json::value& detail() const { return detail_; }
    [[nodiscard]] const char* what() const noexcept override { return "refused request"; }

    /// The answer. Every 401 carries `WWW-Authenticate: Bearer` (api.md, 1).
    [[nodiscard]] Response to_response() const;

private:
    int status_;
    RefusalCode code_;
    boost::json::value detail_;
    Headers headers_;
};

/// 429: the caller has as many of them in flight as anybody may have, or all together have.
Problem too_many(RefusalCode code, std::string_view what);
/// 503: as many requests as can wait are waiting, as many connections are open as may be, or the memory for bodies or
/// answers is taken.
Problem server_is_busy();

}  // namespace nassaq::http
