#include "ocr/picture_reader.hpp"

#include <utility>

#include "ocr/image.hpp"
#include "ocr/page_image.hpp"
#include "ocr/step_limit.hpp"

namespace nassaq::ocr {

namespace {

/// What Tesseract makes of photographs is not believed by itself. 0 to 1.
constexpr double least_page_confidence = 0.5;

}  // namespace

std::expected<std::string, Fault> PictureReader::read(const std::filesystem::path& file,
                                                      std::optional<int> resolution) {
    const StepLimit limit(order_.limits.page_cpu_seconds, order_.limits.page_wall_seconds);
    auto image = load_image(file, order_.limits);
    if (!image || !*image || is_too_small_for_text(image->get())) return std::string();
    ++pictures_;
    if (resolution) set_resolution(image->get(), *resolution);
    auto page = recogniser_.recognise(enlarge_coarse(std::move(*image)), 1);
    if (!page) {
        if (page.error().temporary) return std::unexpected(page.error());
        return std::string();
    }
    return page->confidence.value_or(0) >= least_page_confidence ? std::move(page->text) : std::string();
}

}  // namespace nassaq::ocr
