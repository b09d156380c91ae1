#include <gtest/gtest.h>

#include "base/digest.hpp"
#include "storage/azure_connection.hpp"
#include "storage/azure_signature.hpp"
#include "storage/s3_signature.hpp"

namespace nassaq::storage {
namespace {

constexpr const char* development_key =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

// The example of "Authorize with Shared Key", "Constructing the Canonicalized Resource String" and "Header String".
TEST(AzureSignature, SignsTheDocumentedString) {
    const http_client::Headers headers{{"x-ms-version", "2015-02-21"}, {"X-MS-Date", "Fri, 26 Jun 2015 23:39:12 GMT "}};
    const Query query{{"restype", "container"}, {"comp", "metadata"}, {"timeout", "20"}};
    EXPECT_EQ(azure_string_to_sign("GET", headers, "myaccount", "/mycontainer", query, 0),
              "GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Fri, 26 Jun 2015 23:39:12 GMT\nx-ms-version:2015-02-21\n"
              "/myaccount/mycontainer\ncomp:metadata\nrestype:container\ntimeout:20");
}

TEST(AzureSignature, PutsEveryHeaderInItsPlace) {
    const http_client::Headers headers{{"Content-MD5", "md5"},   {"Content-Type", "text/plain"},
                                       {"If-None-Match", "*"},   {"x-ms-blob-type", "BlockBlob"},
                                       {"If-Match", "\"etag\""}, {"Range", "bytes=0-1"}};
    EXPECT_EQ(azure_string_to_sign("PUT", headers, "devstoreaccount1", "/devstoreaccount1/c/%D8%B9.pdf",
                                   {{"blockid", "a+b="}, {"comp", "block"}}, 11),
              "PUT\n\n\n11\nmd5\ntext/plain\n\n\n\"etag\"\n*\n\nbytes=0-1\nx-ms-blob-type:BlockBlob\n"
              "/devstoreaccount1/devstoreaccount1/c/%D8%B9.pdf\nblockid:a+b=\ncomp:block");
}

// Computed by an independent implementation (Python's hmac and base64 over the string above).
TEST(AzureSignature, IsHmacOfTheKey) {
    EXPECT_EQ(azure_authorization("devstoreaccount1", *digest::from_base64(development_key), "GET\n\nعقد"),
              "SharedKey devstoreaccount1:ryin+qEM49Daqsc0qulc7sVgEJdgAACOLkjXl5WNjCY=");
}

class S3Signature : public testing::Test {
protected:
    std::string signature(std::string_view method, std::string_view path, const Query& query,
                          http_client::Headers headers, const char* sha256) const {
        headers.emplace_back("Host", "examplebucket.s3.amazonaws.com");
        headers.emplace_back("x-amz-content-sha256", sha256);
        headers.emplace_back("x-amz-date", "20130524T000000Z");
        const std::string all = s3_authorization({.method = method, .path = path, .query = query, .headers = headers},
                                                 credentials_, "us-east-1");
        EXPECT_TRUE(
            all.starts_with("AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/"
                            "aws4_request,SignedHeaders="));
        return all.substr(all.rfind('=') + 1);
    }

    static constexpr const char* empty_hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    S3Credentials credentials_{.access_key = "AKIAIOSFODNN7EXAMPLE",
                               .secret_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                               .session_token = ""};
};

// The four examples of "Signature Calculations for the Authorization Header: Transferring Payload in a Single Chunk".
TEST_F(S3Signature, GetObject) {
    EXPECT_EQ(signature("GET", "/test.txt", {}, {{"Range", "bytes=0-9"}}, empty_hash),
              "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST_F(S3Signature, PutObject) {
    EXPECT_EQ(signature("PUT", "/test%24file.text", {},
                        {{"Date", "Fri, 24 May 2013 00:00:00 GMT"}, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
                        "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"),
              "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST_F(S3Signature, GetBucketLifecycle) {
    EXPECT_EQ(signature("GET", "/", {{"lifecycle", ""}}, {}, empty_hash),
              "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
}

TEST_F(S3Signature, ListObjects) {
    EXPECT_EQ(signature("GET", "/", {{"prefix", "J"}, {"max-keys", "2"}}, {}, empty_hash),
              "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

AzureConnection parsed(std::string_view text) {
    const auto connection = AzureConnection::parse(text);
    EXPECT_TRUE(connection) << connection.error();
    return connection.value_or(AzureConnection{});
}

TEST(AzureConnection, TakesAllForms) {
    const AzureConnection plain =
        parsed("DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=Zm9v;EndpointSuffix=core.windows.net");
    EXPECT_EQ(plain.endpoint, "https://acme.blob.core.windows.net");
    EXPECT_EQ(plain.account, "acme");
    EXPECT_EQ(plain.key, "foo");
    EXPECT_EQ(plain.sas, "");

    EXPECT_EQ(parsed("AccountName=acme;AccountKey=Zm9v").endpoint, "https://acme.blob.core.windows.net");
    EXPECT_EQ(parsed("accountname = acme ; ACCOUNTKEY=Zg== ;EndpointSuffix=core.chinacloudapi.cn;"
                     "DefaultEndpointsProtocol=HTTP;")
                  .endpoint,
              "http://acme.blob.core.chinacloudapi.cn");
    EXPECT_EQ(parsed("AccountName=acme;AccountKey=Zm9v;BlobEndpoint=https://blobs.example.com:8443/;"
                     "QueueEndpoint=https://q.example.com")
                  .endpoint,
              "https://blobs.example.com:8443");
    EXPECT_EQ(parsed("AccountName=dev;AccountKey=Zm9v;BlobEndpoint=http://127.0.0.1:10000/dev").endpoint,
              "http://127.0.0.1:10000/dev");

    const AzureConnection sas =
        parsed("BlobEndpoint=https://acme.blob.core.windows.net/;SharedAccessSignature=sv=2021-12-02&sig=a%3D");
    EXPECT_EQ(sas.endpoint, "https://acme.blob.core.windows.net");
    EXPECT_EQ(sas.sas, "sv=2021-12-02&sig=a%3D");
    EXPECT_EQ(sas.key, "");
    EXPECT_EQ(parsed("AccountName=acme;SharedAccessSignature=?sv=1").sas, "sv=1");
    const AzureConnection inside = parsed("BlobEndpoint=https://acme.blob.core.windows.net/?sv=1&sig=2");
    EXPECT_EQ(inside.endpoint + " " + inside.sas, "https://acme.blob.core.windows.net sv=1&sig=2");

    const AzureConnection emulator = parsed("UseDevelopmentStorage=true");
    EXPECT_EQ(emulator.endpoint, "http://127.0.0.1:10000/devstoreaccount1");
    EXPECT_EQ(emulator.key, *digest::from_base64(development_key));
    EXPECT_EQ(parsed("UseDevelopmentStorage=true;DevelopmentStorageProxyUri=http://azurite").endpoint,
              "http://azurite:10000/devstoreaccount1");
}

TEST(AzureConnection, SaysWhatIsWrongWithoutTheSecret) {
    for (const auto& [text, fault] :
         {std::pair{"", "has neither AccountName nor BlobEndpoint nor UseDevelopmentStorage=true"},
          {"AccountName=acme", "has neither AccountKey nor SharedAccessSignature"},
          {"AccountName=acme;AccountKey=not-base64!", "has an AccountKey that is not base64"},
          {"BlobEndpoint=https://acme.example.com;AccountKey=Zm9v", "has an AccountKey but no AccountName"},
          {"nonsense", "has a part that is not NAME=VALUE"},
          {"AccountName=acme;AccountKey=Zm9v;DefaultEndpointsProtocol=ftp",
           "gives an endpoint that is no http or https URL; DefaultEndpointsProtocol is http or https"},
          {"AccountKey=Zm9v;BlobEndpoint=acme",
           "gives an endpoint that is no http or https URL; DefaultEndpointsProtocol is http or https"}}) {
        const auto connection = AzureConnection::parse(text);
        ASSERT_FALSE(connection) << text;
        EXPECT_EQ(connection.error(), fault);
    }
}

TEST(AzureContainer, IsReadFromItsUrl) {
    for (const auto& [url, endpoint] :
         {std::pair{"https://acme.blob.core.windows.net/originals?sv=2021-12-02&sig=a%3D",
                    "https://acme.blob.core.windows.net"},
          {"https://acme.blob.core.windows.net/originals/?sv=2021-12-02&sig=a%3D",
           "https://acme.blob.core.windows.net"},
          {"https://files.example.com/originals?sv=2021-12-02&sig=a%3D", "https://files.example.com"},
          {"http://127.0.0.1:10000/devstoreaccount1/originals?sv=2021-12-02&sig=a%3D",
           "http://127.0.0.1:10000/devstoreaccount1"}}) {
        const auto container = AzureContainer::parse(url);
        ASSERT_TRUE(container) << url << ": " << container.error();
        EXPECT_EQ(container->name, "originals") << url;
        EXPECT_EQ(container->connection.endpoint, endpoint);
        EXPECT_EQ(container->connection.sas, "sv=2021-12-02&sig=a%3D");
        EXPECT_EQ(container->connection.account + container->connection.key, "");
    }
}

TEST(AzureContainer, SaysWhatIsWrongWithTheUrl) {
    constexpr const char* no_container = "is not the URL of a container";
    constexpr const char* no_signature = "has no shared access signature behind a '?'";
    for (const auto& [url, fault] :
         {std::pair{"acme.blob.core.windows.net/originals?sig=1", "is no http or https URL"},
          {"?sig=1", "is no http or https URL"},
          {"https://?sig=1", "is no http or https URL"},
          {"https://user:pw@acme.blob.core.windows.net/originals?sig=1", "is no http or https URL"},
          {"https://acme.blob.core.windows.net?sig=1", no_container},
          {"https://acme.blob.core.windows.net/originals/blob.pdf?sig=1", no_container},
          {"https://acme.blob.core.windows.net//originals?sig=1", no_container},
          {"http://127.0.0.1:10000/dev/originals/blob.pdf?sig=1", no_container},
          {"https://acme.blob.core.windows.net/originals", no_signature},
          {"https://acme.blob.core.windows.net/originals?sv=2021-12-02", no_signature},
          {"https://acme.blob.core.windows.net/originals?sv=1&sig=a b", no_signature}}) {
        const auto container = AzureContainer::parse(url);
        ASSERT_FALSE(container) << url;
        EXPECT_EQ(container.error(), fault) << url;
    }
}

}  // namespace
}  // namespace nassaq::storage
