#include "ocr/pdf_pictures.hpp"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <sstream>

namespace nassaq::ocr {

namespace {

/// "1 0 image 1653 2339 gray 1 8 jpeg no 10 0 200 200 406K 11%"; the number of the object, "10 0", may be "[inline]".
std::optional<PdfPicture> parse_line(const std::string& line) {
    std::istringstream stream(line);
    const std::vector<std::string> fields(std::istream_iterator<std::string>(stream), {});
    if (fields.size() < 15) return std::nullopt;
    const auto number = [&](std::size_t field) { return std::strtod(fields[field].c_str(), nullptr); };
    PdfPicture picture{.page = static_cast<std::int64_t>(number(0)),
                       .is_image = fields[2] == "image",
                       .width = static_cast<std::int64_t>(number(3)),
                       .height = static_cast<std::int64_t>(number(4)),
                       .object = fields.size() == 16 ? fields[10] + " " + fields[11] : std::string(),
                       .across = number(fields.size() - 4),
                       .down = number(fields.size() - 3)};
    if (picture.page < 1) return std::nullopt;
    return picture;
}

}  // namespace

double PdfPicture::resolution() const {
    return std::max(across, down);
}

double PdfPicture::area() const {
    if (!(across > 0) || !(down > 0)) return 0;
    return static_cast<double>(width) / across * static_cast<double>(height) / down;
}

std::vector<PdfPicture> parse_picture_list(std::string_view text) {
    std::vector<PdfPicture> pictures;
    std::istringstream lines{std::string(text)};
    for (std::string line; std::getline(lines, line);) {
        if (auto picture = parse_line(line)) pictures.push_back(std::move(*picture));
    }
    return pictures;
}

}  // namespace nassaq::ocr
