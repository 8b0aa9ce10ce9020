#include "tests/support/certificate.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>
#include <stdexcept>

namespace watertight::test {

template <class T, class Free>
static std::unique_ptr<T, Free> owned(T* raw, Free free)
{
    if (raw == nullptr) throw std::runtime_error{"OpenSSL could not make a certificate"};
    return {raw, free};
}

static std::string text_of(BIO* bio)
{
    char* data = nullptr;
    auto const size = BIO_ctrl(bio, BIO_CTRL_INFO, 0, &data);
    return {data, static_cast<std::size_t>(size)};
}

static void add_extension(X509* certificate, int kind, std::string const& value)
{
    auto const made =
        owned(X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str()), &X509_EXTENSION_free);
    X509_add_ext(certificate, made.get(), -1);
}

self_signed make_self_signed(std::string const& alternative_name)
{
    auto const key = owned(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), &EVP_PKEY_free);
    auto const certificate = owned(X509_new(), &X509_free);
    X509_set_version(certificate.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key.get());
    auto* const name = X509_get_subject_name(certificate.get());
    auto const* const title = reinterpret_cast<unsigned char const*>("Watertight test");
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, title, -1, -1, 0);
    X509_set_issuer_name(certificate.get(), name);
    add_extension(certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
    add_extension(certificate.get(), NID_subject_alt_name, alternative_name);
    X509_sign(certificate.get(), key.get(), EVP_sha256());

    auto const certificate_text = owned(BIO_new(BIO_s_mem()), &BIO_free);
    auto const key_text = owned(BIO_new(BIO_s_mem()), &BIO_free);
    PEM_write_bio_X509(certificate_text.get(), certificate.get());
    PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    return {text_of(certificate_text.get()), text_of(key_text.get())};
}

} // namespace watertight::test
