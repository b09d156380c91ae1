// A Content-Type on the first line, then a body of that type.

#include "http/multipart.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "support.hpp"

namespace {

using namespace nassaq;

/// Small, so that inputs of some hundred bytes reach them.
constexpr http::MultipartLimits limits{.header_bytes = 200, .parts = 5};

struct Part {
    http::PartHead head;
    std::string content;
    bool is_complete = false;
};

/// Writes down what it is told, and checks that it is told so in order.
class Recorder final : public http::MultipartHandler {
public:
    void on_part_begin(http::PartHead head) override {
        fuzz::require(parts.empty() || parts.back().is_complete, "a part begins when the one before has ended");
        fuzz::require(head.name.size() + head.content_type.size() <= limits.header_bytes,
                      "a part's header is no longer than its limit");
        fuzz::require(text::is_valid_utf8(head.name) && text::is_valid_utf8(head.filename.value_or("")) &&
                          text::is_valid_utf8(head.content_type),
                      "names and types are UTF-8");
        parts.push_back({.head = std::move(head)});
        fuzz::require(parts.size() <= limits.parts, "there are no more parts than the limit");
    }
    void on_part_data(std::string_view data) override {
        fuzz::require(!parts.empty() && !parts.back().is_complete, "content belongs to a part");
        fuzz::require(!data.empty(), "a piece of content is not empty");
        parts.back().content += data;
    }
    void on_part_end() override {
        fuzz::require(!parts.empty() && !parts.back().is_complete, "a part ends once");
        parts.back().is_complete = true;
    }

    std::vector<Part> parts;
};

struct Form {
    std::vector<Part> parts;
    std::string error;
};

Form parse(std::string_view boundary, const std::vector<std::string_view>& pieces) {
    Recorder recorder;
    http::MultipartParser parser(boundary, limits, recorder);
    http::MultipartParser::Status status;
    for (const std::string_view piece : pieces) {
        status = parser.feed(piece);
        if (!status) break;
    }
    if (status) status = parser.finish();
    return {std::move(recorder.parts), status ? std::string() : status.error().detail};
}

bool same(const Part& one, const Part& other) {
    return one.head.name == other.head.name && one.head.filename == other.head.filename &&
           one.head.content_type == other.head.content_type && one.content == other.content &&
           one.is_complete == other.is_complete;
}

void require_same(const Form& one, const Form& other) {
    fuzz::require(one.error == other.error, "however the body is cut, the error is the same");
    fuzz::require(std::ranges::equal(one.parts, other.parts, same), "however the body is cut, the parts are the same");
}

/// The parts, written again in the plainest way.
std::string write(std::string_view boundary, const std::vector<Part>& parts) {
    const std::string delimiter = "--" + std::string(boundary);
    std::string body;
    for (const Part& part : parts) {
        body += delimiter + "\r\nContent-Disposition: form-data; name=x\r\n\r\n" + part.content + "\r\n";
    }
    return body + delimiter + "--\r\n";
}

void check_whole_form(std::string_view boundary, const Form& form) {
    const std::string delimiter = "\r\n--" + std::string(boundary);
    for (const Part& part : form.parts) {
        fuzz::require(part.is_complete, "a form that is whole has only whole parts");
        fuzz::require(!part.content.contains(delimiter), "no content runs over a boundary");
    }
    const std::string again = write(boundary, form.parts);
    const Form reread = parse(boundary, {again});
    fuzz::require(
        reread.error.empty() && std::ranges::equal(form.parts, reread.parts, {}, &Part::content, &Part::content),
        "what was read can be written and read again");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto [content_type, body] = fuzz::split_line(fuzz::as_text(data, size));
    const auto boundary = http::parse_multipart_boundary(content_type);
    if (!boundary || !*boundary) return 0;
    fuzz::require(!(*boundary)->empty() && (*boundary)->size() <= 70, "a boundary has 1 to 70 characters");
    fuzz::require((*boundary)->find_first_of("\r\n\"\\") == std::string::npos, "a boundary fits into a line");

    const Form form = parse(**boundary, {body});
    require_same(form, parse(**boundary, fuzz::cut(body)));
    require_same(form, parse(**boundary, fuzz::cut_into_bytes(body)));
    if (form.error.empty()) check_whole_form(**boundary, form);
    return 0;
}
