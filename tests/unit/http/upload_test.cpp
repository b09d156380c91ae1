#include "http/upload.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/file.hpp"
#include "base/id.hpp"
#include "http/problem.hpp"

namespace nassaq::http {
namespace {

class Upload : public ::testing::Test {
protected:
    ~Upload() override {
        form_.clear();
        spool_.reset();
        std::filesystem::remove_all(root_);
    }

    std::string part(std::string_view disposition, std::string_view content) {
        return "--B\r\nContent-Disposition: form-data; " + std::string(disposition) + "\r\n\r\n" +
               std::string(content) + "\r\n";
    }
    void read(const std::string& body) {
        UploadReader reader("B", limits_, *spool_, form_);
        reader.feed(body);
        reader.finish();
    }
    /// "STATUS DETAIL" of the refusal.
    std::string refusal(const std::string& body) {
        try {
            read(body);
        } catch (const Problem& problem) {
            return std::to_string(problem.status()) + ' ' + std::string(problem.detail().as_string());
        }
        return "(taken)";
    }

    Limits limits_;
    std::filesystem::path root_ = std::filesystem::temp_directory_path() / ("nassaq-upload-" + random_uuid());
    std::unique_ptr<Spool> spool_ = std::make_unique<Spool>(root_);
    std::vector<FormPart> form_;
};

TEST_F(Upload, KeepsFieldsAndFiles) {
    read(part("name=full_path", "a/ب") + part("name=file; filename=\"x.txt\"", "abc") + part("name=description", "") +
         "--B--");
    ASSERT_EQ(form_.size(), 3U);
    EXPECT_EQ(form_[0].name, "full_path");
    EXPECT_EQ(std::get<std::string>(form_[0].value), "a/ب");
    const auto& file = std::get<UploadedFile>(form_[1].value);
    EXPECT_EQ(file.filename, "x.txt");
    EXPECT_EQ(file.content.size(), 3U);
    EXPECT_EQ(file.content.sha256(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(file::read_small(file.content.path()), "abc");
    EXPECT_EQ(std::get<std::string>(form_[2].value), "");
}

TEST_F(Upload, ShowsTheFileBeforeItsBytesAndBehindTheFieldsThatCameBefore) {
    std::vector<std::string> shown;
    UploadReader reader("B", limits_, *spool_, form_, [&](UploadedFile& file) {
        shown.push_back(file.filename + ' ' + std::to_string(file.content.size()) + ' ' + std::to_string(form_.size()));
    });
    const std::string body = part("name=full_path", "a") + part("name=other; filename=\"x.txt\"", "x") +
                             part("name=file; filename=\"y.txt\"", "yy") + part("name=description", "d") + "--B--";
    reader.feed(body.substr(0, 170));
    reader.feed(body.substr(170));
    reader.finish();
    EXPECT_EQ(shown, std::vector<std::string>{"y.txt 0 3"});
}

TEST_F(Upload, RefusesASecondFileAsSoonAsItBegins) {
    const std::string first = part("name=file; filename=\"x.txt\"", "abc");
    const std::string text = part("name=file", "abc");
    for (const std::string& second : {first, text}) {
        EXPECT_EQ(refusal(first + second + "--B--"), "400 Send one file per request.");
        form_.clear();
    }
    EXPECT_EQ(refusal(text + first + "--B--"), "400 Send one file per request.");
    form_.clear();
    EXPECT_EQ(refusal(first + "--B\r\nContent-Disposition: form-data; name=file; filename=y\r\n\r\nbegins"),
              "400 Send one file per request.");
    ASSERT_EQ(form_.size(), 1U) << "the second takes no place in the spool";
    form_.clear();
    EXPECT_EQ(refusal(first + part("name=other; filename=\"y.txt\"", "abc") + "--B--"), "(taken)");
}

TEST_F(Upload, BoundsAFile) {
    limits_.upload_bytes = std::uint64_t{1} << 20;
    const std::string most(limits_.upload_bytes, 'x');
    EXPECT_EQ(refusal(part("name=file; filename=x", most) + "--B--"), "(taken)");
    EXPECT_EQ(refusal(part("name=file; filename=x", most + 'x') + "--B--"),
              "413 File too large, Max Limit is set to 1 MB");
}

TEST_F(Upload, BoundsFields) {
    limits_.form_field_bytes = 1024;
    limits_.body_bytes = 2048;
    const std::string most(1024, 'x');
    EXPECT_EQ(refusal(part("name=a", most) + part("name=b", most) + "--B--"), "(taken)");
    EXPECT_EQ(refusal(part("name=a", most + 'x') + "--B--"), "400 Part exceeded maximum size of 1KB.");
    EXPECT_EQ(refusal(part("name=a", most) + part("name=b", most) + part("name=c", "x") + "--B--"),
              "400 The text fields of the form exceed 2048 bytes together");
}

TEST_F(Upload, RefusesFieldsThatAreNoText) {
    EXPECT_EQ(refusal(part("name=a", "\xff") + "--B--"), "400 The form field 'a' is not valid UTF-8");
}

TEST_F(Upload, RefusesABodyThatIsCutOff) {
    EXPECT_EQ(refusal(part("name=a", "1")), "400 The multipart body ends before its closing boundary");
}

}  // namespace
}  // namespace nassaq::http
