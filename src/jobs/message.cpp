#include "jobs/message.hpp"

#include <boost/json.hpp>

namespace nassaq::jobs {
namespace {

namespace json = boost::json;

/// Whose messages do not name it: the platform knows no other.
constexpr std::string_view platforms_stage = "OCR";

json::object to_object(const JobMessage& message) {
    json::object object = {{"doc_id", message.doc_id},
                           {"file_path", message.file_path},
                           {"filename", message.filename},
                           {"user_id", message.user_id ? json::value(*message.user_id) : json::value(nullptr)}};
    if (message.stage != platforms_stage) {
        object["stage"] = message.stage;
    }
    return object;
}

std::optional<std::int64_t> integer_member(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    if (value == nullptr || !value->is_number()) {
        return std::nullopt;
    }
    boost::system::error_code error;
    const auto number = value->to_number<std::int64_t>(error);
    return error ? std::nullopt : std::optional(number);
}

const json::string* string_member(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    return value == nullptr ? nullptr : value->if_string();
}

}  // namespace

std::string to_json(const JobMessage& message) {
    return json::serialize(to_object(message));
}

std::string to_dead_letter(const JobMessage& message, std::string_view reason) {
    json::object object = to_object(message);
    object["reason"] = reason;
    return json::serialize(object);
}

std::expected<JobMessage, std::string> parse_message(std::string_view body) {
    boost::system::error_code error;
    const json::value value = json::parse(body, error);
    if (error) {
        return std::unexpected("it is not JSON: " + error.message());
    }
    const json::object* object = value.if_object();
    if (object == nullptr) {
        return std::unexpected("it is not a JSON object");
    }
    const auto doc_id = integer_member(*object, "doc_id");
    if (!doc_id) {
        return std::unexpected("\"doc_id\" is not an integer");
    }
    const json::string* file_path = string_member(*object, "file_path");
    if (file_path == nullptr) {
        return std::unexpected("\"file_path\" is not a string");
    }
    const json::string* filename = string_member(*object, "filename");
    if (filename == nullptr) {
        return std::unexpected("\"filename\" is not a string");
    }
    const json::string* stage = string_member(*object, "stage");
    return JobMessage{.doc_id = *doc_id,
                      .file_path = std::string(*file_path),
                      .filename = std::string(*filename),
                      .user_id = integer_member(*object, "user_id"),
                      .stage = std::string(stage == nullptr ? platforms_stage : std::string_view(*stage))};
}

std::string dead_queue(std::string_view queue) {
    return std::string(queue) + ".dead";
}

}  // namespace nassaq::jobs
