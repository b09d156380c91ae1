#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <expected>
#include <optional>
#include <string_view>

#include "base/refusal_code.hpp"
#include "http/message.hpp"

namespace nassaq::api {

/// Why a service does not do what it is asked to: a value, which only routes make an HTTP answer of.
struct Refusal {
    RefusalCode code;
    boost::json::value detail;  ///< A sentence for people; when the request is not valid, the list of what is wrong.
    std::optional<std::chrono::seconds> retry_after{};  // NOLINT(readability-redundant-member-init): g++ would warn.
    boost::json::object
        more{};  ///< Members of the answer besides: what would be right. NOLINT(readability-redundant-member-init)
};

/// What a service gives, or why it does not. In a transaction a refusal undoes what was done before it.
template <class T = void>
using Result = std::expected<T, Refusal>;

std::unexpected<Refusal> refuse(RefusalCode code, std::string_view detail,
                                std::optional<std::chrono::seconds> retry_after = std::nullopt);
/// @param errors  as schema::Errors has them.
std::unexpected<Refusal> refuse_invalid(boost::json::array errors);

/// The one place that knows which status of HTTP a refusal is answered with.
int status_of(RefusalCode code);
/// `{"detail": …, "code": …}`, and what the refusal has besides
http::Response to_response(const Refusal& refusal);

}  // namespace nassaq::api
