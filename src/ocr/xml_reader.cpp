#include "ocr/xml_reader.hpp"

#include <libxml/xmlreader.h>

#include <span>
#include <utility>

#include "ocr/fault.hpp"

namespace nassaq::ocr {

namespace {

const xmlChar* to_xml(const char* text) {
    return reinterpret_cast<const xmlChar*>(text);
}

std::string_view from_xml(const xmlChar* text) {
    return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}

std::optional<std::string> take(xmlChar* text) {
    if (text == nullptr) return std::nullopt;
    std::string result(from_xml(text));
    xmlFree(text);
    return result;
}

/// The parser takes no text of more than 10 MB in one piece, and says that it lacked the memory.
Fault parser_fault() {
    const xmlError* const error = xmlGetLastError();
    const bool is_too_much = error != nullptr && error->code == XML_ERR_NO_MEMORY;
    return document_fault(is_too_much ? Reason::too_large_unpacked : Reason::file_damaged).error();
}

}  // namespace

XmlReader::XmlReader(ZipMember member)
    : member_(std::move(member)),
      reader_(xmlReaderForIO(read_member, nullptr, this, nullptr, nullptr,
                             XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING),
              xmlFreeTextReader) {
    xmlResetLastError();
    if (!reader_) fault_ = document_fault(Reason::memory_exceeded).error();
}

XmlReader::~XmlReader() = default;

int XmlReader::read_member(void* reader, char* buffer, int length) {
    auto& self = *static_cast<XmlReader*>(reader);
    const auto count = self.member_.read(std::span(buffer, static_cast<std::size_t>(length)));
    if (count) return static_cast<int>(*count);
    self.fault_ = count.error();
    return -1;
}

bool XmlReader::next() {
    if (std::exchange(end_is_due_, false)) {
        event_ = Event::end;
        return true;
    }
    while (!fault_) {
        const int found = xmlTextReaderRead(reader_.get());
        if (fault_) break;  // Of the archive, met on the way.
        if (found == 0) return false;
        if (found < 0) {
            fault_ = parser_fault();
            break;
        }
        switch (xmlTextReaderNodeType(reader_.get())) {
            case XML_READER_TYPE_ELEMENT:
                event_ = Event::begin;
                end_is_due_ = xmlTextReaderIsEmptyElement(reader_.get()) == 1;
                return true;
            case XML_READER_TYPE_END_ELEMENT:
                event_ = Event::end;
                return true;
            case XML_READER_TYPE_TEXT:
            case XML_READER_TYPE_CDATA:
            case XML_READER_TYPE_SIGNIFICANT_WHITESPACE:
                event_ = Event::text;
                return true;
            case XML_READER_TYPE_DOCUMENT_TYPE:
            case XML_READER_TYPE_ENTITY_REFERENCE:
                fault_ = document_fault(Reason::file_damaged).error();
                break;
            default:
                break;
        }
    }
    return false;
}

std::expected<void, Fault> XmlReader::finish() const {
    if (fault_) return std::unexpected(*fault_);
    return {};
}

std::string_view XmlReader::name() const {
    return from_xml(xmlTextReaderConstLocalName(reader_.get()));
}

std::string_view XmlReader::text() const {
    return from_xml(xmlTextReaderConstValue(reader_.get()));
}

std::optional<std::string> XmlReader::attribute(const char* name) const {
    return take(xmlTextReaderGetAttribute(reader_.get(), to_xml(name)));
}

std::optional<std::string> XmlReader::attribute_of(const char* name, const char* space) const {
    return take(xmlTextReaderGetAttributeNs(reader_.get(), to_xml(name), to_xml(space)));
}

std::optional<std::string> XmlReader::relationship_id() const {
    auto id = attribute_of("id", "http://schemas.openxmlformats.org/officeDocument/2006/relationships");
    return id ? std::move(id) : attribute_of("id", "http://purl.oclc.org/ooxml/officeDocument/relationships");
}

void XmlReader::skip() {
    for (int depth = 1; depth > 0 && next();) {
        if (event_ == Event::begin) ++depth;
        if (event_ == Event::end) --depth;
    }
}

}  // namespace nassaq::ocr
