#include "ocr/page_recogniser.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "ocr/bidi_order.hpp"
#include "ocr/fault.hpp"
#include "ocr/line_recovery.hpp"
#include "ocr/line_refinement.hpp"
#include "ocr/script_probe.hpp"
#include "ocr/text_cleanup.hpp"

namespace nassaq::ocr {

namespace {

/// Where the script is Arabic beyond doubt, the Arabic model alone reads better than together with the English one.
constexpr float least_script_confidence = 20;
/// Upright pages that the detector takes for turned ones reach lower values.
constexpr float least_rotation_confidence = 5;

std::string join_lines(const std::vector<Line>& lines) {
    const bool right_to_left = is_right_to_left(count_letters(lines));
    std::string text;
    for (const Line& line : lines) {
        text += logical_text(line, right_to_left);
        text += line.ends_paragraph ? "\n\n" : "\n";
    }
    return tidy_lines(text);
}

/// Mean of the words, 0 to 1. Nothing where there are none.
std::optional<double> mean_confidence(const std::vector<Line>& lines) {
    double sum = 0;
    std::size_t words = 0;
    for (const Line& line : lines) {
        words += line.words.size();
        for (const Word& word : line.words) sum += word.confidence;
    }
    if (words == 0) return std::nullopt;
    return std::clamp(sum / static_cast<double>(words) / 100, 0.0, 1.0);
}

}  // namespace

/// One for each script that is looked for.
std::vector<std::string> PageRecogniser::models() const {
    std::vector<std::string> models{without_language(languages_, arabic_model)};
    if (has_language(languages_, arabic_model)) models.emplace(models.begin(), arabic_model);
    std::erase(models, "");
    return models;
}

std::expected<PageRecogniser::Routed, Fault> PageRecogniser::route(PixPtr image, int resolution) {
    PixPtr level = deskew(image);
    if (!level) return Routed{};
    const auto model = probe_script(tesseract_, level.get(), resolution, models());
    if (!model) return std::unexpected(model.error());
    if (const auto& languages = *model) return Routed{.image = std::move(level), .languages = *languages};
    level.reset();
    return detect(std::move(image), resolution);
}

/// The slow way, which knows of pages that are turned.
std::expected<PageRecogniser::Routed, Fault> PageRecogniser::detect(PixPtr image, int resolution) {
    const auto orientation = tesseract_.detect_orientation(image.get(), resolution);
    if (!orientation) return std::unexpected(orientation.error());
    Routed routed{.image = std::move(image), .languages = languages_};
    if (const std::optional<Orientation>& found = *orientation) {
        if (found->rotation_confidence >= least_rotation_confidence) {
            routed.image = rotate_by_quarters(std::move(routed.image), 4 - found->clockwise_quarters);
        }
        if (found->script == "Arabic" && found->script_confidence >= least_script_confidence &&
            has_language(languages_, arabic_model)) {
            routed.languages = std::string(arabic_model);
        }
    }
    if (routed.image) routed.image = deskew(routed.image);
    return routed;
}

/// Empty where both were read together, or there is one only.
std::string PageRecogniser::other_model(const std::string& used) const {
    if (used == languages_) return {};
    return is_arabic(used) ? without_language(languages_, used) : std::string(arabic_model);
}

std::expected<Page, Fault> PageRecogniser::recognise(PixPtr image, std::int64_t page_number) {
    if (!image) return document_fault(Reason::memory_exceeded);
    Page page;
    page.number = page_number;
    page.method = Method::ocr;
    if (is_blank(image.get())) return page;
    image = reduce_resolution(std::move(image));
    if (!image) return document_fault(Reason::memory_exceeded);

    const int resolution = resolution_of(image.get());
    auto routed = route(std::move(image), resolution);
    if (!routed) return std::unexpected(routed.error());
    const PixPtr upright = std::move(routed->image);
    if (!upright) return document_fault(Reason::memory_exceeded);

    auto lines = tesseract_.recognise(upright.get(), resolution, routed->languages, Layout::page);
    if (!lines) return std::unexpected(lines.error());
    const PixPtr ink = tesseract_.take_binary_image(routed->languages);
    const std::string other = other_model(routed->languages);
    const auto has_both = refine_lines(tesseract_, upright.get(), resolution, other, *lines);
    if (!has_both) return std::unexpected(has_both.error());

    std::vector<std::string> models{routed->languages};
    if (*has_both) models.push_back(other);
    const auto recovered = recover_lines(tesseract_, upright.get(), ink.get(), resolution, models, *lines);
    if (!recovered) return std::unexpected(recovered.error());

    page.text = join_lines(*lines);
    page.confidence = mean_confidence(*lines);
    return page;
}

}  // namespace nassaq::ocr
