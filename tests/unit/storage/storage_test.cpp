#include "storage/storage.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace nassaq::storage {
namespace {

TEST(BlobNameInUrl, DropsTheFirstSegmentOfTheUrlsPath) {
    const std::pair<std::string, std::string> cases[] = {
        {"https://acc.blob.core.windows.net/docs/contracts/lease.pdf", "contracts/lease.pdf"},
        {"https://acc.blob.core.windows.net/docs/a.pdf?sv=1&sig=x/y#z", "a.pdf"},
        {"local:///blobs/a/b%20c%25.pdf", "a/b c%.pdf"},
        {"local:///blobs/%D8%B9%D9%82%D8%AF.pdf", "عقد.pdf"},
        {"local:///blobs/%d8%b9", "ع"},
        {"https://host/docs/100%.pdf", "100%.pdf"},
        {"https://host/docs/%zz%4", "%zz%4"},
        {"https://host/docs", ""},
        {"https://host/docs/", ""},
        {"https://host", ""},
        {"", ""},
        {"contracts/lease.pdf", "contracts/lease.pdf"},
    };
    for (const auto& [url, blob_name] : cases) {
        EXPECT_EQ(blob_name_in_url(url), blob_name) << url;
    }
}

}  // namespace
}  // namespace nassaq::storage
