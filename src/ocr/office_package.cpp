#include "ocr/office_package.hpp"

#include <algorithm>
#include <utility>

#include "ocr/fault.hpp"
#include "ocr/xml_reader.hpp"

namespace nassaq::ocr {

namespace {

/// "word/document.xml" has its relationships in "word/_rels/document.xml.rels".
std::string relationships_part(const std::string& part) {
    const std::size_t slash = part.rfind('/');
    const std::size_t name = slash == std::string::npos ? 0 : slash + 1;
    return part.substr(0, name) + "_rels/" + part.substr(name) + ".rels";
}

/// A target is relative to the folder of its part, or begins with a slash.
std::string resolve(const std::string& part, const std::string& target) {
    const std::filesystem::path folder = std::filesystem::path("/" + part).parent_path();
    return (folder / target).lexically_normal().string().substr(1);
}

std::string last_segment(const std::string& url) {
    return url.substr(url.rfind('/') + 1);
}

std::optional<Relationship> read_relationship(const XmlReader& reader, const std::string& part) {
    const auto id = reader.attribute("Id");
    const auto type = reader.attribute("Type");
    const auto target = reader.attribute("Target");
    if (!id || !type || !target || target->empty() || reader.attribute("TargetMode") == "External") return std::nullopt;
    return Relationship{.id = *id, .type = last_segment(*type), .target = resolve(part, *target)};
}

/// What only says how text looks ("rPr"), what repeats it for older programs, and where it was before it was moved.
bool is_passed_over(std::string_view element) {
    return element.ends_with("Pr") || element == "Fallback" || element == "moveFrom" || element == "rPh";
}

/// The number of its slide, which PowerPoint writes into each.
bool is_slide_number(const XmlReader& reader) {
    return reader.name() == "fld" && reader.attribute("type") == "slidenum";
}

void end_element(std::string_view name, TextFlow& flow) {
    if (name == "p" || name == "tr") flow.separate('\n');
    if (name == "tc") flow.separate('\t');
}

/// @return whether text that follows belongs to the document.
bool begin_element(XmlReader& reader, TextFlow& flow) {
    const std::string_view name = reader.name();
    if (is_passed_over(name) || is_slide_number(reader)) {
        reader.skip();
        return false;
    }
    if (name == "tab") flow.append("\t");
    if (name == "br" || name == "cr") flow.append("\n");
    if (name == "noBreakHyphen") flow.append("-");
    return name == "t";
}

}  // namespace

std::vector<std::string> targets_of(std::span<const Relationship> relationships, std::string_view type) {
    std::vector<std::string> targets;
    for (const Relationship& relationship : relationships) {
        const bool is_new = std::ranges::find(targets, relationship.target) == targets.end();
        if (relationship.type == type && is_new) targets.push_back(relationship.target);
    }
    return targets;
}

OfficePackage::OfficePackage(ZipArchive archive, const Limits& limits)
    : archive_(std::move(archive)), text_bytes_left_(static_cast<std::size_t>(limits.text_bytes)) {}

std::expected<OfficePackage, Fault> OfficePackage::open(const std::filesystem::path& file, const Limits& limits) {
    auto archive = ZipArchive::open(file, limits);
    if (!archive) return std::unexpected(archive.error());
    return OfficePackage(std::move(*archive), limits);
}

std::expected<std::vector<Relationship>, Fault> OfficePackage::relationships(const std::string& part) {
    std::vector<Relationship> found;
    const std::string name = relationships_part(part);
    if (!archive_.contains(name)) return found;
    auto member = archive_.member(name);
    if (!member) return std::unexpected(member.error());
    XmlReader reader(std::move(*member));
    while (reader.next()) {
        if (reader.event() != XmlReader::Event::begin || reader.name() != "Relationship") continue;
        if (auto relationship = read_relationship(reader, part)) found.push_back(std::move(*relationship));
    }
    if (const auto read = reader.finish(); !read) return std::unexpected(read.error());
    return found;
}

std::expected<std::optional<std::string>, Fault> OfficePackage::main_part() {
    const auto all = relationships("");
    if (!all) return std::unexpected(all.error());
    const auto targets = targets_of(*all, "officeDocument");
    if (targets.empty()) return std::nullopt;
    return targets.front();
}

std::expected<std::string, Fault> OfficePackage::take(TextFlow flow) {
    if (flow.is_full()) return document_fault(Reason::too_much_text);
    std::string text = flow.take();
    text_bytes_left_ -= text.size();
    return text;
}

std::expected<std::string, Fault> read_markup(OfficePackage& package, const std::string& part) {
    auto member = package.part(part);
    if (!member) return std::unexpected(member.error());
    XmlReader reader(std::move(*member));
    TextFlow flow = package.flow();
    bool is_text = false;
    while (!flow.is_full() && reader.next()) {
        switch (reader.event()) {
            case XmlReader::Event::begin:
                is_text = begin_element(reader, flow);
                break;
            case XmlReader::Event::end:
                is_text = false;
                end_element(reader.name(), flow);
                break;
            case XmlReader::Event::text:
                if (is_text) flow.append(reader.text());
                break;
        }
    }
    if (const auto read = reader.finish(); !read) return std::unexpected(read.error());
    return package.take(std::move(flow));
}

}  // namespace nassaq::ocr
