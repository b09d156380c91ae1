#pragma once

#include <cstddef>
#include <string_view>

namespace nassaq::http {

/// Finds the end of a request's head while it arrives, and refuses early what a lenient reader could take for another
/// message than the next server does (RFC 9112, 11.2): a line feed without a carriage return, a folded line.
class HeadScanner {
public:
    enum class Result { incomplete, complete, bare_line_feed, folded_line };

    /// Looks at a buffer that begins with the head and has grown since the last call.
    Result scan(std::string_view buffer);
    /// How many bytes the head has, once complete.
    [[nodiscard]] std::size_t size() const { return line_begin_; }

private:
    std::size_t line_begin_ = 0;
    std::size_t scanned_ = 0;
};

}  // namespace nassaq::http
