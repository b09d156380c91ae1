// A JSON body, read as each of the program's request structs; the same bytes once more as a query and as a form.

#include <algorithm>
#include <boost/json.hpp>
#include <string>

#include "auth/model.hpp"
#include "base/clock.hpp"
#include "base/text.hpp"
#include "documents/list_model.hpp"
#include "documents/upload_model.hpp"
#include "http/problem.hpp"
#include "http/url.hpp"
#include "paths/model.hpp"
#include "schema/datetime.hpp"
#include "schema/email.hpp"
#include "schema/json_text.hpp"
#include "schema/read.hpp"
#include "schema/write.hpp"
#include "support.hpp"
#include "users/model.hpp"

namespace {

using namespace nassaq;
namespace json = boost::json;

/// Stands for a secret. It breaks every rule for a password, so that each of its errors could echo it.
constexpr std::string_view secret = "xqzmarker";

void require_rule(const std::string& value, const schema::Rule& rule) {
    fuzz::require(text::is_valid_utf8(value), "a text is UTF-8");
    const auto length = static_cast<std::int64_t>(text::count_code_points(value));
    const bool is_changed_after_counting = rule.check != nullptr || rule.format == schema::Format::email;
    fuzz::require(is_changed_after_counting || (length >= rule.min && length <= rule.max),
                  "a text that is taken has a length within its bounds");
    fuzz::require(rule.one_of.empty() || std::ranges::find(rule.one_of, value) != rule.one_of.end(),
                  "a text that is taken is one of those that may be");
    fuzz::require(rule.pattern.empty() || rule.pattern == '^' + value + '$', "a text that is taken has its pattern");
}
void require_rule(std::int64_t value, const schema::Rule& rule) {
    fuzz::require(value >= rule.min && value <= rule.max, "a number that is taken is within its bounds");
}
void require_rule(bool, const schema::Rule&) {}
void require_rule(Timestamp value, const schema::Rule&) {
    fuzz::require(schema::parse_datetime(to_iso(value)) == value, "a time that is taken is read as it is written");
}
template <class T>
void require_rule(const std::optional<T>& value, const schema::Rule& rule) {
    if (value) require_rule(*value, rule);
}
template <class T>
void require_rule(const schema::Patch<T>& patch, const schema::Rule& rule) {
    fuzz::require(patch.present || !patch.value, "only a field that is there has a value");
    require_rule(patch.value, rule);
}

template <schema::Described T>
void require_rules(const T& value) {
    schema::for_each_field<T>(
        [&](std::string_view, const schema::Rule& rule, auto pointer) { require_rule(value.*pointer, rule); });
}

void require_error_form(const json::array& details) {
    for (const json::value& detail : details) {
        const json::object& error = detail.as_object();
        fuzz::require(!error.at("type").as_string().empty() && !error.at("msg").as_string().empty(),
                      "an error has a type and a text");
        fuzz::require(!error.at("loc").as_array().empty() && error.contains("input"),
                      "an error says where it is and of what");
    }
    std::string text;
    schema::write(text, json::value(details));
    // An error echoes its input some levels deeper than a body may be.
    json::parse_options options;
    options.max_depth = 2 * schema::max_json_depth;
    json::error_code error;
    json::parse(text, error, {}, options);
    fuzz::require(!error, "errors are JSON");
}

template <schema::Described T>
json::array read_body(const json::value& body) {
    schema::Errors errors("body");
    T value;
    const bool is_good = schema::read_value(body, value, schema::Rule{}, errors);
    fuzz::require(is_good == errors.empty(), "a body is good or has errors");
    if (is_good) require_rules(value);
    json::array details = errors.take();
    require_error_form(details);
    return details;
}

/// @param planted  what stands in the secret fields.
template <schema::Described T>
void check_secrets(const json::object& body, const json::value& planted) {
    json::object with_secret = body;
    for (const schema::Rule& rule : schema::rules<T>) {
        if (rule.secret) with_secret[rule.field] = planted;
    }
    const std::string errors = json::serialize(read_body<T>(with_secret));
    fuzz::require(!errors.contains(secret), "no error repeats a secret");
}

template <schema::Described T>
void check_body(const json::value& body) {
    read_body<T>(body);
    const auto* object = body.if_object();
    if (!schema::has_secrets<T>() || object == nullptr) return;
    check_secrets<T>(*object, json::string(secret));
    check_secrets<T>(*object, json::array{json::string(secret)});
}

template <schema::Described T>
void check_fields(const schema::TextFields& fields, schema::Empty empty) {
    schema::Errors errors("query");
    T value;
    schema::read_fields(fields, empty, value, errors);
    if (errors.empty()) require_rules(value);
    require_error_form(errors.take());
}

void check_paths(const json::value& body) {
    schema::Errors errors("body");
    paths::CreatePath created;
    if (!schema::read_value(body, created, schema::Rule{}, errors)) return;
    std::string again = created.full_path;
    fuzz::require(!paths::tidy_path(again) && again == created.full_path, "a tidy path is tidy");
    fuzz::require(text::count_utf16_units(again) <= paths::max_path_units, "a path fits into its column");
    fuzz::require(again == paths::root || (!again.starts_with('/') && !again.ends_with('/')),
                  "a path has no '/' at its ends");
    const std::string inside = '/' + again + '/';
    fuzz::require(again == paths::root || !(inside.contains("/../") || inside.contains("/./") || inside.contains("//")),
                  "a path leads nowhere else");
}

void check_email(const json::value& body) {
    schema::Errors errors("body");
    users::UpdateUser update;
    if (!schema::read_value(body, update, schema::Rule{}, errors) || !update.email) return;
    fuzz::require(std::ranges::count(*update.email, '@') >= 1 && !text::has_control_character(*update.email),
                  "an address has an '@' and no control character");
    fuzz::require(schema::normalize_email(*update.email) == *update.email, "who registers so can log in so");
}

void check_writing(std::string_view input) {
    if (!text::is_valid_utf8(input)) return;
    const auto written = schema::parse_json(schema::to_json(std::string(input)));
    fuzz::require(written && written->is_string() && written->get_string() == input,
                  "any text can be written and read again");
}

void check_json(std::string_view input) {
    const auto body = schema::parse_json(input);
    if (!body) {
        fuzz::require(!body.error().message.empty(), "an error says why");
        fuzz::require(body.error().offset <= input.size(), "an error is within the text");
        return;
    }
    fuzz::require(text::is_valid_utf8(input), "JSON is UTF-8");
    if (input.contains(secret) || input.contains('\\')) return;  // It would be repeated rightly.
    check_body<auth::RegisterRequest>(*body);
    check_body<auth::ChangePassword>(*body);
    check_body<auth::ResetPassword>(*body);
    check_body<users::UpdateMe>(*body);
    check_body<users::UpdateUser>(*body);
    check_body<paths::UpdatePath>(*body);
    check_body<documents::UpdateDocument>(*body);
    check_paths(*body);
    check_email(*body);
}

void check_texts(std::string_view input) {
    schema::TextFields fields;
    try {
        fields = http::parse_form(input);
    } catch (const http::Problem&) {
        return;
    }
    check_fields<auth::LoginForm>(fields, schema::Empty::is_absent);
    check_fields<documents::UploadFields>(fields, schema::Empty::is_absent);
    check_fields<users::ListUsers>(fields, schema::Empty::is_value);
    check_fields<paths::ListPaths>(fields, schema::Empty::is_value);
    check_fields<documents::ListAll>(fields, schema::Empty::is_value);
    check_fields<documents::DownloadQuery>(fields, schema::Empty::is_value);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input = fuzz::as_text(data, size);
    check_writing(input);
    check_json(input);
    check_texts(input);
    return 0;
}
