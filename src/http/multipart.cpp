#include "http/multipart.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "http/ascii.hpp"
#include "http/content_disposition.hpp"

namespace nassaq::http {
namespace {

constexpr std::size_t longest_boundary = 70;  // RFC 2046, 5.1.1.
/// What the parser puts before a part's header, so that one without fields ends as any other does, in an empty line.
constexpr std::string_view header_prefix = "\r\n";

std::unexpected<MultipartError> error(std::string detail) {
    return std::unexpected(MultipartError{std::move(detail)});
}

bool is_boundary_character(char c) {
    return ascii::is_alphanumeric(c) ||
           (c != '\0' && std::string_view("'()+_,-./:=? ").find(c) != std::string_view::npos);
}

bool is_boundary(std::string_view text) {
    return !text.empty() && text.size() <= longest_boundary && !text.ends_with(' ') &&
           std::ranges::all_of(text, is_boundary_character);
}

/// The value of a parameter at the front of `rest`, quoted or plain, which is taken off.
std::string take_parameter_value(std::string_view& rest) {
    if (!rest.starts_with('"')) {
        const std::string_view value = rest.substr(0, rest.find(';'));
        rest.remove_prefix(value.size());
        return std::string(ascii::trim(value));
    }
    std::string value;
    std::size_t i = 1;
    for (; i < rest.size() && rest[i] != '"'; ++i) {
        if (rest[i] == '\\' && i + 1 < rest.size()) ++i;
        value.push_back(rest[i]);
    }
    rest.remove_prefix(std::min(i + 1, rest.size()));
    return value;
}

std::optional<std::string> find_boundary(std::string_view parameters) {
    while (!parameters.empty()) {
        const std::size_t start = parameters.find_first_not_of("; \t");
        const std::size_t equals = parameters.find('=');
        if (start == std::string_view::npos || equals == std::string_view::npos || equals < start) return std::nullopt;
        const std::string_view name = ascii::trim(parameters.substr(start, equals - start));
        parameters.remove_prefix(equals + 1);
        std::string value = take_parameter_value(parameters);
        if (ascii::equals_ignoring_case(name, "boundary")) return value;
    }
    return std::nullopt;
}

struct HeaderFields {
    std::optional<std::string_view> disposition;
    std::string_view content_type;
};

/// @param header  the lines of a part's header, each ended by CRLF.
std::expected<HeaderFields, MultipartError> read_fields(std::string_view header) {
    HeaderFields fields;
    while (!header.empty()) {
        const std::string_view line = header.substr(0, header.find("\r\n"));
        header.remove_prefix(std::min(line.size() + 2, header.size()));
        const std::size_t colon = std::min(line.find(':'), line.size());
        const std::string_view name = line.substr(0, colon);
        const bool malformed = colon == line.size() || !ascii::is_token(name) ||
                               line.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
        if (malformed) return error("Malformed header in a part of the multipart body");
        const std::string_view value = ascii::trim(line.substr(colon + 1));
        if (ascii::equals_ignoring_case(name, "content-disposition")) {
            if (fields.disposition) return error("A part of the multipart body has two Content-Disposition fields");
            fields.disposition = value;
        } else if (ascii::equals_ignoring_case(name, "content-type")) {
            fields.content_type = value;
        }
    }
    return fields;
}

/// Keeps the text fields of a form.
class FieldCollector final : public MultipartHandler {
public:
    void on_part_begin(PartHead head) override {
        is_file_ = head.filename.has_value();
        if (!is_file_) fields_.emplace_back(std::move(head.name), std::string());
    }
    void on_part_data(std::string_view data) override {
        if (!is_file_) fields_.back().second.append(data);
    }
    void on_part_end() override {}
    std::vector<std::pair<std::string, std::string>> take() && { return std::move(fields_); }

private:
    std::vector<std::pair<std::string, std::string>> fields_;
    bool is_file_ = false;
};

}  // namespace

std::optional<std::expected<std::string, MultipartError>> parse_multipart_boundary(std::string_view content_type) {
    const std::size_t end = std::min(content_type.find(';'), content_type.size());
    if (!ascii::equals_ignoring_case(ascii::trim(content_type.substr(0, end)), "multipart/form-data")) {
        return std::nullopt;
    }
    const auto boundary = find_boundary(content_type.substr(end));
    if (!boundary) return error("Missing boundary in multipart.");
    if (!is_boundary(*boundary)) return error("Malformed boundary in multipart.");
    return *boundary;
}

MultipartParser::MultipartParser(std::string_view boundary, MultipartLimits limits, MultipartHandler& handler)
    : delimiter_("\r\n--" + std::string(boundary)), limits_(limits), handler_(&handler) {}

MultipartParser::Status MultipartParser::feed(std::string_view piece) {
    while (!piece.empty()) {
        if (Status status = step(piece); !status) return status;
    }
    return {};
}

MultipartParser::Status MultipartParser::finish() const {
    if (state_ == State::epilogue) return {};
    return error("The multipart body ends before its closing boundary");
}

MultipartParser::Status MultipartParser::step(std::string_view& piece) {
    switch (state_) {
        case State::preamble:
            return read_preamble(piece);
        case State::content:
            return read_content(piece);
        case State::header:
            return read_header(piece);
        case State::epilogue:
            piece = {};
            return {};
        default: {
            const char c = piece.front();
            piece.remove_prefix(1);
            return read_boundary_end(c);
        }
    }
}

/// Takes everything up to and including the delimiter off the front, or everything when the delimiter is not in it.
/// @param content  is set to what is certainly not part of the delimiter.
/// @param resumed  is set to what an earlier piece ended in and turned out not to be the delimiter.
bool MultipartParser::find_delimiter(std::string_view& piece, std::string_view& content, std::string_view& resumed) {
    content = resumed = {};
    std::size_t i = 0;
    // A CR stands only at the front of the delimiter, so a partial match that fails cannot hide the start of another.
    while (matched_ > 0 && i < piece.size()) {
        if (piece[i] != delimiter_[matched_]) {
            resumed = std::string_view(delimiter_).substr(0, std::exchange(matched_, 0) - i);
            i = 0;
            break;
        }
        ++i;
        if (++matched_ == delimiter_.size()) {
            matched_ = 0;
            piece.remove_prefix(i);
            return true;
        }
    }
    if (matched_ > 0) {
        piece = {};
        return false;
    }
    const std::string_view whole = piece;
    for (std::size_t at = whole.find('\r', i); at != std::string_view::npos; at = whole.find('\r', at + 1)) {
        const std::string_view candidate = whole.substr(at, delimiter_.size());
        if (!std::string_view(delimiter_).starts_with(candidate)) continue;
        content = whole.substr(0, at);
        piece.remove_prefix(at + candidate.size());
        if (candidate.size() == delimiter_.size()) return true;
        matched_ = candidate.size();
        return false;
    }
    content = whole;
    piece = {};
    return false;
}

MultipartParser::Status MultipartParser::read_preamble(std::string_view& piece) {
    std::string_view ignored;
    std::string_view ignored_too;
    if (find_delimiter(piece, ignored, ignored_too)) state_ = State::after_boundary;
    return {};
}

MultipartParser::Status MultipartParser::read_content(std::string_view& piece) {
    std::string_view content;
    std::string_view resumed;
    const bool ended = find_delimiter(piece, content, resumed);
    if (!resumed.empty()) handler_->on_part_data(resumed);
    if (!content.empty()) handler_->on_part_data(content);
    if (ended) {
        handler_->on_part_end();
        state_ = State::after_boundary;
    }
    return {};
}

/// Between the boundary and the end of its line: "--" closes the form, blanks are padding (RFC 2046, 5.1.1).
MultipartParser::Status MultipartParser::read_boundary_end(char c) {
    const bool blank = c == ' ' || c == '\t';
    if (state_ == State::after_boundary && c == '-') {
        state_ = State::final_dash;
    } else if (state_ == State::final_dash && c == '-') {
        state_ = State::epilogue;
    } else if ((state_ == State::after_boundary || state_ == State::padding) && blank) {
        state_ = State::padding;
    } else if ((state_ == State::after_boundary || state_ == State::padding) && c == '\r') {
        state_ = State::line_feed;
    } else if (state_ == State::line_feed && c == '\n') {
        state_ = State::header;
        header_ = header_prefix;
    } else {
        return error("Malformed boundary line in the multipart body");
    }
    return {};
}

MultipartParser::Status MultipartParser::read_header(std::string_view& piece) {
    constexpr std::string_view end_of_header = "\r\n\r\n";
    // The end can lie across two pieces by at most three bytes.
    const std::size_t before = header_.size();
    const std::size_t most = header_prefix.size() + limits_.header_bytes;
    header_.append(piece.substr(0, most - before));
    const std::size_t search_from = before < 3 ? 0 : before - 3;
    const std::size_t end = header_.find(end_of_header, search_from);
    if (end == std::string::npos) {
        if (header_.size() == most) return error("The header of a part of the multipart body is too large");
        piece = {};
        return {};
    }
    piece.remove_prefix(end + end_of_header.size() - before);
    header_.resize(end + 2);
    return begin_part();
}

MultipartParser::Status MultipartParser::begin_part() {
    if (++parts_ > limits_.parts) {
        return error("Too many parts. Maximum number of parts is " + std::to_string(limits_.parts) + '.');
    }
    const auto fields = read_fields(std::string_view(header_).substr(header_prefix.size()));
    if (!fields) return std::unexpected(fields.error());
    const auto& field = fields->disposition;
    if (!field) return error(R"(The Content-Disposition header field "name" must be provided.)");
    auto disposition = parse_form_disposition(*field);
    if (!disposition) return error("Malformed Content-Disposition in a part of the multipart body");
    if (!text::is_valid_utf8(fields->content_type)) return error("Malformed header in a part of the multipart body");
    handler_->on_part_begin({.name = std::move(disposition->name),
                             .filename = std::move(disposition->filename),
                             .content_type = std::string(fields->content_type)});
    header_.clear();
    state_ = State::content;
    return {};
}

std::expected<std::vector<std::pair<std::string, std::string>>, MultipartError> parse_multipart_fields(
    std::string_view body, std::string_view boundary) {
    FieldCollector collector;
    MultipartParser parser(boundary, {}, collector);
    if (const auto status = parser.feed(body); !status) return std::unexpected(status.error());
    if (const auto status = parser.finish(); !status) return std::unexpected(status.error());
    return std::move(collector).take();
}

}  // namespace nassaq::http
