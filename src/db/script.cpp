#include "db/script.hpp"

#include <algorithm>
#include <cstddef>

#include "base/text.hpp"

namespace nassaq::db {

std::vector<std::string_view> split_script(std::string_view script) {
    std::vector<std::string_view> statements;
    bool is_quoted = false;
    std::size_t begin = 0;
    for (std::size_t line = 0; line < script.size();) {
        const std::size_t end = std::min(script.find('\n', line), script.size());
        const std::string_view text = script.substr(line, end - line);
        for (std::size_t quote = text.find("$$"); quote != std::string_view::npos; quote = text.find("$$", quote + 2)) {
            is_quoted = !is_quoted;
        }
        if (!is_quoted && text.ends_with(';')) {
            statements.push_back(script.substr(begin, end - 1 - begin));
            begin = end;
        }
        line = end + 1;
    }
    if (!text::trim(script.substr(begin)).empty()) {
        statements.push_back(script.substr(begin));
    }
    return statements;
}

}  // namespace nassaq::db
