#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nassaq::http {

struct MultipartLimits {
    std::size_t header_bytes = std::size_t{8} * 1024;  ///< Of one part, with the empty line that ends it.
    std::size_t parts = 64;
};

/// What is wrong with a body, for the client.
struct MultipartError {
    std::string detail;
};

/// The header of one part.
struct PartHead {
    std::string name;
    std::optional<std::string> filename;  ///< Present for a file.
    std::string content_type;             ///< As sent; empty when there is none.
};

/// Receives a form while it is parsed. What these throw passes through MultipartParser::feed().
class MultipartHandler {
public:
    MultipartHandler() = default;
    MultipartHandler(const MultipartHandler&) = delete;
    MultipartHandler& operator=(const MultipartHandler&) = delete;
    virtual ~MultipartHandler() = default;

    virtual void on_part_begin(PartHead head) = 0;
    /// A piece of the part's content; how it is cut depends on how the body was fed.
    virtual void on_part_data(std::string_view data) = 0;
    virtual void on_part_end() = 0;
};

/// The boundary of a `multipart/form-data` Content-Type (RFC 2046, 5.1.1).
/// @return nothing when it is of another type; an error when the boundary is missing or malformed.
std::optional<std::expected<std::string, MultipartError>> parse_multipart_boundary(std::string_view content_type);

/// The text fields of a whole form in memory, in their order; its files are left out.
std::expected<std::vector<std::pair<std::string, std::string>>, MultipartError> parse_multipart_fields(
    std::string_view body, std::string_view boundary);

/// An incremental parser of multipart/form-data (RFC 7578, RFC 2046). Takes the body in pieces of any size and holds no
/// more than one part's header of it. Pure: it knows nothing of files or sockets.
class MultipartParser {
public:
    using Status = std::expected<void, MultipartError>;

    /// @param handler  outlives the parser.
    MultipartParser(std::string_view boundary, MultipartLimits limits, MultipartHandler& handler);

    /// Parses the next piece. After an error the parser must not be fed again.
    Status feed(std::string_view piece);
    /// To be called at the end of the body: an error when it was cut off.
    [[nodiscard]] Status finish() const;

private:
    enum class State { preamble, after_boundary, padding, final_dash, line_feed, header, content, epilogue };

    Status step(std::string_view& piece);
    Status read_preamble(std::string_view& piece);
    Status read_content(std::string_view& piece);
    Status read_header(std::string_view& piece);
    Status read_boundary_end(char c);
    Status begin_part();
    bool find_delimiter(std::string_view& piece, std::string_view& content, std::string_view& resumed);

    std::string delimiter_;  ///< CRLF, two dashes, the boundary.
    MultipartLimits limits_;
    MultipartHandler* handler_;
    State state_ = State::preamble;
    /// How much of the delimiter the input so far ends in. The start of the body counts as a line of its own.
    std::size_t matched_ = 2;
    std::string header_;
    std::size_t parts_ = 0;
};

}  // namespace nassaq::http
