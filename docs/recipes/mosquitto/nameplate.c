/* Asks Nameplate whom to let in: a plugin for Mosquitto 2.0 or newer.
 *
 *   gcc -std=c11 -O2 -Wall -Wextra -Werror -shared -fPIC -o nameplate.so nameplate.c -lcurl -lcrypto
 *
 * Each connection is asked about at POST /api/v1/decide when it is made, and again whenever the
 * answer has run out; who may not stay is disconnected. Whoever cannot be asked about is not let
 * in; who is in may stay for the grace.
 *
 * The broker must demand client certificates (require_certificate true) and must not take the user
 * name from them itself (use_identity_as_username): it does not ask a plugin then. The user name is
 * set here, to the id of the device, so that an acl_file can say %u.
 *
 * plugin_opt_url            https://ca.example:8444/api/v1/decide
 * plugin_opt_trust          the authorities that the admin listener's certificate leads to (PEM)
 * plugin_opt_certificate    what this broker shows there: a certificate with the role gateway (PEM)
 * plugin_opt_key            its key (PEM)
 * plugin_opt_timeout_ms     how long an answer may take; 2000
 * plugin_opt_grace_seconds  how long who is in may stay while nobody answers; 300
 */
#define _POSIX_C_SOURCE 200809L

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <curl/curl.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <mosquitto_plugin.h>

#define HEX (2 * 32 + 1)
#define LONGEST_ANSWER 4096
#define LONGEST_ID 65
#define AT_ONCE 20 /* how many are asked about in one round: the broker waits meanwhile */

enum verdict { ALLOW, DENY, NO_ANSWER };

struct answer {
    char text[LONGEST_ANSWER];
    size_t length;
};

/* Somebody who was let in. */
struct session {
    struct mosquitto *client;
    char *client_id;
    char fingerprint[HEX];
    time_t good_until;
    bool leaving;
    struct session *next;
};

static struct {
    mosquitto_plugin_id_t *plugin;
    CURL *curl;
    struct curl_slist *headers;
    const char *url, *trust, *certificate, *key;
    long timeout_ms;
    long grace;
    struct session *sessions;
    time_t next_round;
} np = {.timeout_ms = 2000, .grace = 300};

static time_t monotonic(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

static size_t keep(char *data, size_t size, size_t count, void *to)
{
    struct answer *answer = to;
    size_t bytes = size * count;
    if (answer->length + bytes >= sizeof answer->text) {
        return 0; /* too long: the transfer fails */
    }
    memcpy(answer->text + answer->length, data, bytes);
    answer->length += bytes;
    answer->text[answer->length] = '\0';
    return bytes;
}

/* The value of a field that is a text without escapes, as ids and decisions are. */
static bool text_of(const struct answer *answer, const char *field, char *value, size_t size)
{
    char begin[64];
    snprintf(begin, sizeof begin, "\"%s\":\"", field);
    const char *from = strstr(answer->text, begin);
    if (from == NULL) {
        return false;
    }
    from += strlen(begin);
    size_t length = strcspn(from, "\"\\");
    if (from[length] != '"' || length >= size) {
        return false;
    }
    memcpy(value, from, length);
    value[length] = '\0';
    return true;
}

static long number_of(const struct answer *answer, const char *field)
{
    char begin[64];
    snprintf(begin, sizeof begin, "\"%s\":", field);
    const char *from = strstr(answer->text, begin);
    return from == NULL ? 0 : strtol(from + strlen(begin), NULL, 10);
}

/* Asks; on ALLOW says for which device and for how many seconds. */
static enum verdict ask(const char *fingerprint, char device[LONGEST_ID], long *ttl)
{
    char body[128], decision[16], reason[32] = "";
    struct answer answer = {.length = 0};
    long status = 0;
    snprintf(body, sizeof body, "{\"fingerprint\":\"%s\"}", fingerprint);
    curl_easy_reset(np.curl); /* the connection is kept */
    curl_easy_setopt(np.curl, CURLOPT_URL, np.url);
    curl_easy_setopt(np.curl, CURLOPT_PROTOCOLS_STR, "https");
    curl_easy_setopt(np.curl, CURLOPT_CAINFO, np.trust);
    curl_easy_setopt(np.curl, CURLOPT_SSLCERT, np.certificate);
    curl_easy_setopt(np.curl, CURLOPT_SSLKEY, np.key);
    curl_easy_setopt(np.curl, CURLOPT_HTTPHEADER, np.headers);
    curl_easy_setopt(np.curl, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(np.curl, CURLOPT_TIMEOUT_MS, np.timeout_ms);
    curl_easy_setopt(np.curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(np.curl, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(np.curl, CURLOPT_WRITEDATA, &answer);
    CURLcode done = curl_easy_perform(np.curl);
    curl_easy_getinfo(np.curl, CURLINFO_RESPONSE_CODE, &status);
    if (done != CURLE_OK || status != 200
        || !text_of(&answer, "decision", decision, sizeof decision)) {
        mosquitto_log_printf(MOSQ_LOG_ERR, "nameplate: no answer about %s: %s, HTTP status %ld",
                             fingerprint, curl_easy_strerror(done), status);
        return NO_ANSWER;
    }
    if (strcmp(decision, "allow") != 0
        || !text_of(&answer, "device", device, LONGEST_ID)) {
        text_of(&answer, "reason", reason, sizeof reason);
        mosquitto_log_printf(MOSQ_LOG_NOTICE, "nameplate: %s is denied: %s", fingerprint, reason);
        return DENY;
    }
    *ttl = number_of(&answer, "ttl_seconds");
    return *ttl > 0 ? ALLOW : NO_ANSWER;
}

static bool fingerprint_of(struct mosquitto *client, char hex[HEX])
{
    X509 *certificate = mosquitto_client_certificate(client);
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    if (certificate == NULL) {
        return false;
    }
    bool hashed = X509_digest(certificate, EVP_sha256(), hash, &length) == 1 && length == 32;
    X509_free(certificate);
    for (unsigned int i = 0; hashed && i < length; i++) {
        snprintf(hex + 2 * i, 3, "%02x", hash[i]);
    }
    return hashed;
}

static void forget(struct mosquitto *client)
{
    for (struct session **at = &np.sessions; *at != NULL;) {
        struct session *session = *at;
        if (session->client == client) {
            *at = session->next;
            free(session->client_id);
            free(session);
        } else {
            at = &session->next;
        }
    }
}

static int on_connect(int event, void *data, void *user)
{
    struct mosquitto_evt_basic_auth *auth = data;
    char device[LONGEST_ID];
    long ttl = 0;
    (void)event;
    (void)user;
    struct session *session = calloc(1, sizeof *session);
    if (session == NULL || !fingerprint_of(auth->client, session->fingerprint)
        || ask(session->fingerprint, device, &ttl) != ALLOW
        || mosquitto_set_username(auth->client, device) != MOSQ_ERR_SUCCESS
        || (session->client_id = strdup(mosquitto_client_id(auth->client))) == NULL) {
        free(session);
        return MOSQ_ERR_AUTH;
    }
    forget(auth->client);
    session->client = auth->client;
    session->good_until = monotonic() + ttl;
    session->next = np.sessions;
    np.sessions = session;
    return MOSQ_ERR_SUCCESS;
}

static int on_disconnect(int event, void *data, void *user)
{
    struct mosquitto_evt_disconnect *gone = data;
    (void)event;
    (void)user;
    forget(gone->client);
    return MOSQ_ERR_SUCCESS;
}

/* Whose answer ran out first, so that nobody waits behind those who came later. */
static struct session *longest_overdue(time_t now)
{
    struct session *first = NULL;
    for (struct session *at = np.sessions; at != NULL; at = at->next) {
        if (!at->leaving && now >= at->good_until
            && (first == NULL || at->good_until < first->good_until)) {
            first = at;
        }
    }
    return first;
}

/* Asks again about those whose answers have run out. */
static int on_tick(int event, void *data, void *user)
{
    char *leaving[AT_ONCE];
    int asked = 0, left = 0;
    time_t now = monotonic();
    (void)event;
    (void)data;
    (void)user;
    if (now < np.next_round) {
        return MOSQ_ERR_SUCCESS;
    }
    np.next_round = now + 1;
    bool answering = true;
    for (struct session *at; asked < AT_ONCE && (at = longest_overdue(now)) != NULL; asked++) {
        char device[LONGEST_ID];
        long ttl = 0;
        /* who got no answer once asks no more in this round: it would wait each time */
        enum verdict verdict = answering ? ask(at->fingerprint, device, &ttl) : NO_ANSWER;
        answering = verdict != NO_ANSWER;
        if (verdict == ALLOW) {
            at->good_until = now + ttl;
        } else if (verdict == DENY || now >= at->good_until + np.grace) {
            at->leaving = true;
            leaving[left++] = strdup(at->client_id);
        } else {
            break; /* within the grace, and so are all others */
        }
    }
    while (left > 0) { /* apart, for it changes the list */
        char *client_id = leaving[--left];
        if (client_id != NULL) {
            mosquitto_log_printf(MOSQ_LOG_NOTICE, "nameplate: %s is disconnected", client_id);
            mosquitto_kick_client_by_clientid(client_id, true);
            free(client_id);
        }
    }
    return MOSQ_ERR_SUCCESS;
}

int mosquitto_plugin_version(int count, const int *versions)
{
    for (int i = 0; i < count; i++) {
        if (versions[i] == 5) {
            return 5;
        }
    }
    return -1;
}

int mosquitto_plugin_init(mosquitto_plugin_id_t *plugin, void **user,
                          struct mosquitto_opt *options, int count)
{
    (void)user;
    for (int i = 0; i < count; i++) {
        const char *name = options[i].key, *value = options[i].value;
        if (strcmp(name, "url") == 0) {
            np.url = value;
        } else if (strcmp(name, "trust") == 0) {
            np.trust = value;
        } else if (strcmp(name, "certificate") == 0) {
            np.certificate = value;
        } else if (strcmp(name, "key") == 0) {
            np.key = value;
        } else if (strcmp(name, "timeout_ms") == 0) {
            np.timeout_ms = strtol(value, NULL, 10);
        } else if (strcmp(name, "grace_seconds") == 0) {
            np.grace = strtol(value, NULL, 10);
        } else {
            mosquitto_log_printf(MOSQ_LOG_ERR, "nameplate: unknown option %s", name);
            return MOSQ_ERR_INVAL;
        }
    }
    if (!np.url || !np.trust || !np.certificate || !np.key || np.timeout_ms < 1 || np.grace < 0) {
        mosquitto_log_printf(MOSQ_LOG_ERR,
                             "nameplate: url, trust, certificate and key are needed");
        return MOSQ_ERR_INVAL;
    }
    curl_global_init(CURL_GLOBAL_DEFAULT);
    np.plugin = plugin;
    np.curl = curl_easy_init();
    np.headers = curl_slist_append(NULL, "Content-Type: application/json");
    if (np.curl == NULL || np.headers == NULL) {
        return MOSQ_ERR_NOMEM;
    }
    int failed = mosquitto_callback_register(plugin, MOSQ_EVT_BASIC_AUTH, on_connect, NULL, NULL);
    failed |= mosquitto_callback_register(plugin, MOSQ_EVT_DISCONNECT, on_disconnect, NULL, NULL);
    failed |= mosquitto_callback_register(plugin, MOSQ_EVT_TICK, on_tick, NULL, NULL);
    return failed ? MOSQ_ERR_UNKNOWN : MOSQ_ERR_SUCCESS;
}

int mosquitto_plugin_cleanup(void *user, struct mosquitto_opt *options, int count)
{
    (void)user;
    (void)options;
    (void)count;
    while (np.sessions != NULL) {
        forget(np.sessions->client);
    }
    mosquitto_callback_unregister(np.plugin, MOSQ_EVT_BASIC_AUTH, on_connect, NULL);
    mosquitto_callback_unregister(np.plugin, MOSQ_EVT_DISCONNECT, on_disconnect, NULL);
    mosquitto_callback_unregister(np.plugin, MOSQ_EVT_TICK, on_tick, NULL);
    curl_slist_free_all(np.headers);
    curl_easy_cleanup(np.curl);
    curl_global_cleanup();
    return MOSQ_ERR_SUCCESS;
}
