#include "settings/blob_settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nassaq::settings {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

BlobSettings read(const Variables& variables) {
    std::vector<std::string> faults;
    auto settings = read_blob_settings(variables, faults);
    EXPECT_THAT(faults, IsEmpty());
    return settings;
}

std::vector<std::string> blob_faults_of(const Variables& variables) {
    std::vector<std::string> faults;
    read_blob_settings(variables, faults);
    return faults;
}

TEST(BlobSettings, AreLocalByDefault) {
    for (const Variables& variables : {Variables{}, Variables{{"BLOB_STORAGE_TYPE", ""}},
                                       Variables{{"BLOB_STORAGE_TYPE", "Local"}, {"BLOB_CONNECTION_STR", "unused"}}}) {
        const BlobSettings settings = read(variables);
        EXPECT_EQ(name_of(settings.storage), "local");
        EXPECT_EQ(settings.orphan_grace, std::chrono::hours{24});
    }
}

TEST(BlobSettings, Azure) {
    const BlobSettings settings = read({{"BLOB_STORAGE_TYPE", "azure"},
                                        {"BLOB_CONNECTION_STR", "AccountName=acme;AccountKey=Zm9v"},
                                        {"BLOB_STORAGE_CONTAINER_NAME", "documents"},
                                        {"BLOB_ORPHAN_GRACE_MINUTES", "0"}});
    const auto& azure = std::get<storage::AzureOptions>(settings.storage);
    EXPECT_EQ(azure.connection.endpoint, "https://acme.blob.core.windows.net");
    EXPECT_EQ(azure.container, "documents");
    EXPECT_EQ(settings.orphan_grace, std::chrono::minutes{0});
    EXPECT_EQ(name_of(settings.storage), "azure");
}

TEST(BlobSettings, S3) {
    const Variables amazon{{"BLOB_STORAGE_TYPE", "s3"},
                           {"BLOB_STORAGE_CONTAINER_NAME", "acme-documents"},
                           {"AWS_ACCESS_KEY_ID", "key"},
                           {"AWS_SECRET_ACCESS_KEY", "secret"},
                           {"AWS_REGION", "eu-central-1"}};
    const BlobSettings settings = read(amazon);
    const auto& s3 = std::get<storage::S3Options>(settings.storage);
    EXPECT_EQ(s3.endpoint, "https://s3.eu-central-1.amazonaws.com");
    EXPECT_EQ(s3.addressing, storage::S3Addressing::virtual_host);
    EXPECT_EQ(s3.bucket + s3.credentials.access_key + s3.credentials.secret_key, "acme-documentskeysecret");

    Variables other = amazon;
    other["AWS_ENDPOINT_URL_S3"] = "http://minio:9000/";
    other.erase("AWS_REGION");
    const BlobSettings own = read(other);
    EXPECT_EQ(std::get<storage::S3Options>(own.storage).endpoint, "http://minio:9000");
    EXPECT_EQ(std::get<storage::S3Options>(own.storage).region, "us-east-1");
    EXPECT_EQ(std::get<storage::S3Options>(own.storage).addressing, storage::S3Addressing::path);
    other["S3_ADDRESSING"] = "virtual";
    EXPECT_EQ(std::get<storage::S3Options>(read(other).storage).addressing, storage::S3Addressing::virtual_host);
}

TEST(BlobSettings, NameEachFault) {
    EXPECT_THAT(blob_faults_of({{"BLOB_STORAGE_TYPE", "ftp"}}),
                ElementsAre("BLOB_STORAGE_TYPE: 'ftp' is none of: local, azure, s3"));
    EXPECT_THAT(blob_faults_of({{"BLOB_STORAGE_TYPE", "azure"}}),
                UnorderedElementsAre("BLOB_CONNECTION_STR: is required when BLOB_STORAGE_TYPE is azure",
                                     "BLOB_STORAGE_CONTAINER_NAME: is required when BLOB_STORAGE_TYPE is azure"));
    EXPECT_THAT(blob_faults_of({{"BLOB_STORAGE_TYPE", "s3"}, {"BLOB_STORAGE_CONTAINER_NAME", "acme"}}),
                UnorderedElementsAre("AWS_ACCESS_KEY_ID: is required when BLOB_STORAGE_TYPE is s3",
                                     "AWS_SECRET_ACCESS_KEY: is required when BLOB_STORAGE_TYPE is s3"));
    const Variables azure{{"BLOB_STORAGE_TYPE", "azure"},
                          {"BLOB_CONNECTION_STR", "AccountName=a;AccountKey=s3cr3t!"},
                          {"BLOB_STORAGE_CONTAINER_NAME", "Documents"},
                          {"BLOB_CA_FILE", "/nowhere/ca.pem"},
                          {"BLOB_ORPHAN_GRACE_MINUTES", "soon"}};
    EXPECT_THAT(blob_faults_of(azure),
                UnorderedElementsAre("BLOB_CONNECTION_STR: has an AccountKey that is not base64",
                                     "BLOB_STORAGE_CONTAINER_NAME: 'Documents' is not 3 to 63 lower-case letters, "
                                     "digits and hyphens, a letter or digit at both ends",
                                     "BLOB_CA_FILE: there is no file '/nowhere/ca.pem'",
                                     "BLOB_ORPHAN_GRACE_MINUTES: 'soon' is not a whole number from 0 to 525600"));
    for (const char* endpoint : {"minio:9000", "ftp://minio", "https://", "https://host/path", "https://u@host"}) {
        EXPECT_THAT(blob_faults_of({{"BLOB_STORAGE_TYPE", "s3"},
                                    {"BLOB_STORAGE_CONTAINER_NAME", "acme"},
                                    {"AWS_ACCESS_KEY_ID", "key"},
                                    {"AWS_SECRET_ACCESS_KEY", "secret"},
                                    {"AWS_ENDPOINT_URL_S3", endpoint}}),
                    ElementsAre("AWS_ENDPOINT_URL_S3: is not of the form https://HOST or https://HOST:PORT"))
            << endpoint;
    }
}

TEST(BlobSettings, TheSecondContainerIsBesideAnyStorage) {
    EXPECT_FALSE(read({}).second_container);
    EXPECT_FALSE(read({{"AZURE_BLOB_CONTAINER_URL", " "}}).second_container);
    const Variables s3{{"BLOB_STORAGE_TYPE", "s3"},
                       {"BLOB_STORAGE_CONTAINER_NAME", "acme-documents"},
                       {"AWS_ACCESS_KEY_ID", "key"},
                       {"AWS_SECRET_ACCESS_KEY", "secret"}};
    for (Variables variables : {Variables{}, s3}) {
        variables["AZURE_BLOB_CONTAINER_URL"] = "https://acme.blob.core.windows.net/originals?sv=2021-12-02&sig=a%3D";
        const BlobSettings settings = read(variables);
        ASSERT_TRUE(settings.second_container);
        EXPECT_EQ(settings.second_container->connection.endpoint, "https://acme.blob.core.windows.net");
        EXPECT_EQ(settings.second_container->connection.sas, "sv=2021-12-02&sig=a%3D");
        EXPECT_EQ(settings.second_container->container, "originals");
        EXPECT_FALSE(settings.second_container->makes_container);
    }
}

TEST(BlobSettings, AFaultOfTheSecondContainerDoesNotRepeatIt) {
    const std::string form = "; it is of the form https://ACCOUNT.blob.core.windows.net/CONTAINER?sv=...&sig=...";
    for (const auto& [url, fault] :
         {std::pair{"acme.blob.core.windows.net/originals?sig=s3cr3t", "is no http or https URL"},
          {"https://acme.blob.core.windows.net/originals", "has no shared access signature behind a '?'"},
          {"https://acme.blob.core.windows.net/originals&sig=s3cr3t", "has no shared access signature behind a '?'"},
          {"https://acme.blob.core.windows.net/a/b?sig=s3cr3t", "is not the URL of a container"},
          {"https://acme.blob.core.windows.net/Originals?sig=s3cr3t", "names no container that there may be"}}) {
        EXPECT_THAT(blob_faults_of({{"AZURE_BLOB_CONTAINER_URL", url}}),
                    ElementsAre("AZURE_BLOB_CONTAINER_URL: " + (fault + form)))
            << url;
    }
}

}  // namespace
}  // namespace nassaq::settings
