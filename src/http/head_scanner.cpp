#include "http/head_scanner.hpp"

namespace nassaq::http {

HeadScanner::Result HeadScanner::scan(std::string_view buffer) {
    for (std::size_t end = buffer.find('\n', scanned_); end != std::string_view::npos;
         end = buffer.find('\n', end + 1)) {
        const std::string_view line = buffer.substr(line_begin_, end - line_begin_);
        if (!line.ends_with('\r')) return Result::bare_line_feed;
        const bool is_folded = line_begin_ > 0 && (line.front() == ' ' || line.front() == '\t');
        line_begin_ = end + 1;
        if (line.size() == 1) return Result::complete;
        if (is_folded) return Result::folded_line;
    }
    scanned_ = buffer.size();
    return Result::incomplete;
}

}  // namespace nassaq::http
