#include "ocr/office.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "ocr/fault.hpp"
#include "ocr/office_package.hpp"
#include "ocr/page_recogniser.hpp"
#include "ocr/picture_reader.hpp"
#include "ocr/spreadsheet.hpp"
#include "ocr/step_limit.hpp"
#include "ocr/text_cleanup.hpp"
#include "ocr/working_file.hpp"
#include "ocr/xml_reader.hpp"

namespace nassaq::ocr {

namespace {

using Parts = std::vector<std::string>;
using Relationships = std::vector<Relationship>;

/// A page before its pictures are read.
struct Draft {
    std::string text;
    Parts pictures;
};
using Drafts = std::expected<std::vector<Draft>, Fault>;

void add_paragraph(std::string& text, std::string_view paragraph) {
    if (paragraph.empty()) return;
    if (!text.empty()) text += '\n';
    text += paragraph;
}

/// Adds the text and the pictures of a part. One that says what another has said, like the headers of even and odd
/// pages, adds nothing.
std::expected<void, Fault> add_part(OfficePackage& package, const std::string& part, Draft& draft, Parts& said) {
    if (!package.contains(part)) return {};  // Some writers name parts that they leave out.
    auto text = read_markup(package, part);
    if (!text) return std::unexpected(text.error());
    const auto relationships = package.relationships(part);
    if (!relationships) return std::unexpected(relationships.error());
    for (const std::string& picture : targets_of(*relationships, "image")) {
        if (std::ranges::find(draft.pictures, picture) == draft.pictures.end()) draft.pictures.push_back(picture);
    }
    if (std::ranges::find(said, *text) != said.end()) return {};
    add_paragraph(draft.text, *text);
    said.push_back(std::move(*text));
    return {};
}

std::expected<void, Fault> add_parts(OfficePackage& package, const Relationships& relationships, std::string_view type,
                                     Draft& draft, Parts& said) {
    for (const std::string& part : targets_of(relationships, type)) {
        if (const auto added = add_part(package, part, draft, said); !added) return added;
    }
    return {};
}

/// WordprocessingML: what does not stand in the body stands in parts of its own.
Drafts read_word(OfficePackage& package, const std::string& main, const Limits&) {
    constexpr std::array before{"header"};
    constexpr std::array after{"diagramData", "chart", "footer", "footnotes", "endnotes", "comments"};
    const auto relationships = package.relationships(main);
    if (!relationships) return std::unexpected(relationships.error());
    Draft draft;
    Parts said;
    for (const char* type : before) {
        const auto added = add_parts(package, *relationships, type, draft, said);
        if (!added) return std::unexpected(added.error());
    }
    if (const auto added = add_part(package, main, draft, said); !added) return std::unexpected(added.error());
    for (const char* type : after) {
        const auto added = add_parts(package, *relationships, type, draft, said);
        if (!added) return std::unexpected(added.error());
    }
    return std::vector{std::move(draft)};
}

Drafts read_workbook(OfficePackage& package, const std::string& main, const Limits& limits) {
    auto sheets = read_sheets(package, main, limits.text_pages);
    if (!sheets) return std::unexpected(sheets.error());
    std::vector<Draft> drafts;
    for (std::string& sheet : *sheets) drafts.push_back({.text = std::move(sheet), .pictures = {}});
    return drafts;
}

/// The slides in the order in which they are shown.
std::expected<Parts, Fault> list_slides(OfficePackage& package, const std::string& main) {
    const auto relationships = package.relationships(main);
    if (!relationships) return std::unexpected(relationships.error());
    auto member = package.part(main);
    if (!member) return std::unexpected(member.error());
    Parts slides;
    XmlReader reader(std::move(*member));
    while (reader.next()) {
        if (reader.event() != XmlReader::Event::begin || reader.name() != "sldId") continue;
        const auto slide = std::ranges::find(*relationships, reader.relationship_id().value_or(""), &Relationship::id);
        if (slide != relationships->end()) slides.push_back(slide->target);
    }
    if (const auto read = reader.finish(); !read) return std::unexpected(read.error());
    return slides;
}

std::expected<Draft, Fault> read_slide(OfficePackage& package, const std::string& slide) {
    constexpr std::array companions{"diagramData", "chart", "notesSlide", "comments"};
    const auto relationships = package.relationships(slide);
    if (!relationships) return std::unexpected(relationships.error());
    Draft draft;
    Parts said;
    if (const auto added = add_part(package, slide, draft, said); !added) return std::unexpected(added.error());
    for (const char* type : companions) {
        const auto added = add_parts(package, *relationships, type, draft, said);
        if (!added) return std::unexpected(added.error());
    }
    return draft;
}

Drafts read_presentation(OfficePackage& package, const std::string& main, const Limits& limits) {
    const auto slides = list_slides(package, main);
    if (!slides) return std::unexpected(slides.error());
    if (std::ssize(*slides) > limits.text_pages) {
        return document_fault(Reason::too_many_slides, slides->size(), limits.text_pages);
    }
    std::vector<Draft> drafts;
    for (const std::string& slide : *slides) {
        auto draft = read_slide(package, slide);
        if (!draft) return std::unexpected(draft.error());
        drafts.push_back(std::move(*draft));
    }
    return drafts;
}

/// The name of the root element tells what the main part is.
std::expected<std::string, Fault> root_of(OfficePackage& package, const std::string& main) {
    auto member = package.part(main);
    if (!member) return std::unexpected(member.error());
    XmlReader reader(std::move(*member));
    std::string root(reader.next() ? reader.name() : std::string_view());
    if (const auto read = reader.finish(); !read) return std::unexpected(read.error());
    return root;
}

struct Kind {
    std::string_view root;
    Drafts (*read)(OfficePackage& package, const std::string& main, const Limits& limits);
};
constexpr std::array kinds{Kind{"document", read_word}, Kind{"workbook", read_workbook},
                           Kind{"presentation", read_presentation}};

Drafts read_drafts(const Order& order, OfficePackage& package) {
    const StepLimit limit(order.limits.step_cpu_seconds, order.limits.step_wall_seconds);
    const auto main = package.main_part();
    if (!main) return std::unexpected(main.error());
    const std::string part = main->value_or("");
    if (part.empty() || !package.contains(part)) return document_fault(Reason::no_office_document);
    const auto root = root_of(package, part);
    if (!root) return std::unexpected(root.error());
    const auto* const kind = std::ranges::find(kinds, *root, &Kind::root);
    if (kind == kinds.end()) return document_fault(Reason::no_office_document);
    return kind->read(package, part, order.limits);
}

std::expected<void, Fault> add_pictures(const Order& order, OfficePackage& package, PictureReader& reader,
                                        Draft& draft) {
    const std::filesystem::path file = std::filesystem::path(order.folder) / "picture";
    for (const std::string& picture : draft.pictures) {
        if (!reader.may_go_on()) break;
        const auto content = package.contains(picture) ? package.content(picture) : std::string();
        if (!content || content->empty()) continue;
        working_file::write(file, *content);
        const auto text = reader.read(file);
        if (!text) return std::unexpected(text.error());
        add_paragraph(draft.text, *text);
    }
    return {};
}

Page page_of(std::string_view text, std::size_t number) {
    return {.number = static_cast<std::int64_t>(number),
            .text = tidy_lines(clean_decoded_text(text)),
            .method = Method::embedded,
            .confidence = {},
            .language = {}};
}

}  // namespace

std::expected<std::vector<Page>, Fault> read_office(const Order& order, const ReportProgress& report) {
    auto package = OfficePackage::open(order.file, order.limits);
    if (!package) return std::unexpected(package.error());
    auto drafts = read_drafts(order, *package);
    if (!drafts) return std::unexpected(drafts.error());
    PageRecogniser recogniser(order.languages);
    PictureReader pictures(order, recogniser);
    std::vector<Page> pages;
    for (Draft& draft : *drafts) {
        report_progress(report, pages.size(), drafts->size());
        const auto added = add_pictures(order, *package, pictures, draft);
        if (!added) return std::unexpected(added.error());
        pages.push_back(page_of(draft.text, pages.size() + 1));
    }
    return pages;
}

}  // namespace nassaq::ocr
