package io.hvkit.scaleio;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.Option;
import io.hvkit.core.Options;
import io.hvkit.core.PoolId;
import io.hvkit.core.SecretSource;
import io.hvkit.core.SpiVersion;
import io.hvkit.core.internal.Trust;
import io.hvkit.scaleio.internal.gateway.Account;
import io.hvkit.scaleio.internal.gateway.GatewayClient;
import io.hvkit.scaleio.internal.pool.Hosts;
import io.hvkit.scaleio.internal.pool.Opening;
import io.hvkit.scaleio.internal.pool.Opening.Provisioning;
import io.hvkit.scaleio.internal.pool.Opening.Unpadded;
import io.hvkit.scaleio.internal.pool.ScaleIoPool;
import io.hvkit.storage.spi.StorageDriver;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import javax.net.ssl.SSLContext;

/**
 * Pools of Dell PowerFlex, which was ScaleIO: 3.5, 3.6 and 4.x, with mirrored data.
 */
public final class ScaleIoDriver implements StorageDriver {

    /** Where the gateway is, such as {@code https://gateway.example.com}; never without TLS. */
    public static final Option<URI> GATEWAY = Option.uri("gateway");
    /** The pool's name on the array. */
    public static final Option<String> POOL = Option.text("pool");
    /** The name of the pool's protection domain; needed where several have a pool of that name. */
    public static final Option<String> DOMAIN = Option.text("domain").withDefault("");
    /** Who logs in. */
    public static final Option<String> USER = Option.text("user");
    /** The password, as UTF-8; it is asked for at each login, and wiped when that has ended. */
    public static final Option<SecretSource> PASSWORD = Option.secret("password");
    /** A PEM file with the authorities that are believed instead of those that Java knows. */
    public static final Option<Path> CA = Option.path("ca");
    /** The SHA-256 fingerprint of the one certificate that is believed; not together with {@link #CA}. */
    public static final Option<String> PIN = Option.text("pin");
    /**
     * The hosts whose ids are not the names of their clients on the array: {@code web-1=GUID, web-2=GUID}, as {@code drv_cfg
     * --query_guid} tells them.
     */
    public static final Option<String> HOSTS = Option.text("hosts").withDefault("");
    /** The folder where hosts find the devices; {@code {host}} in it stands for the host's id, where each has another one. */
    public static final Option<String> DEVICES = Option.text("devices").withDefault("/dev/disk/by-id");
    /** How new volumes take their room: {@code thin}, or {@code thick}. */
    public static final Option<String> PROVISIONING =
            Option.text("provisioning").withDefault("thin");
    /** What is done with a pool whose zero padding is off: {@code refuse} it, or {@code accept} that new volumes are not empty. */
    public static final Option<String> UNPADDED = Option.text("unpadded").withDefault("refuse");
    /** How long a call to the gateway may take at most, repeats and all. */
    public static final Option<Duration> TIMEOUT = Option.duration("timeout").withDefault(Duration.ofSeconds(30));

    private static final Duration LONGEST_TIMEOUT = Duration.ofHours(1);

    /** Made by {@link java.util.ServiceLoader}, or by hand. */
    public ScaleIoDriver() {}

    @Override
    public Set<StoragePoolType> types() {
        return Set.of(StoragePoolType.POWERFLEX);
    }

    @Override
    public SpiVersion builtAgainst() {
        return new SpiVersion(SpiVersion.MAJOR, SpiVersion.MINOR);
    }

    @Override
    public Set<Option<?>> options() {
        return Set.of(GATEWAY, USER, PASSWORD, POOL, DOMAIN, CA, PIN, HOSTS, DEVICES, PROVISIONING, UNPADDED, TIMEOUT);
    }

    @Override
    public StoragePool open(PoolId id, StoragePoolType type, Options options) throws InterruptedException {
        Opening.Wanted wanted = new Opening.Wanted(
                id,
                options.get(DOMAIN),
                options.get(POOL),
                word(UNPADDED, options, Unpadded.class),
                word(PROVISIONING, options, Provisioning.class));
        Hosts hosts = new Hosts(hosts(options.get(HOSTS)), devices(options.get(DEVICES)));
        GatewayClient client = client(options);
        try {
            return new ScaleIoPool(new Opening(client, wanted).open(), client, hosts);
        } catch (RuntimeException | InterruptedException e) {
            client.close();
            throw e;
        }
    }

    private GatewayClient client(Options options) {
        URI gateway = options.get(GATEWAY);
        if (!"https".equals(gateway.getScheme()) || gateway.getHost() == null || gateway.getUserInfo() != null) {
            throw invalid(
                    "option gateway: name an address such as https://gateway.example.com, without a user, not '%s'",
                    gateway.getUserInfo() == null ? gateway : "one with a user");
        }
        Duration timeout = options.get(TIMEOUT);
        if (timeout.isNegative() || timeout.isZero() || timeout.compareTo(LONGEST_TIMEOUT) > 0) {
            throw invalid("option timeout: it is longer than nothing and at most %s, not %s", LONGEST_TIMEOUT, timeout);
        }
        String user = options.get(USER);
        if (user.isEmpty() || user.indexOf(':') >= 0) {
            throw invalid(
                    "option user: a name is not empty and has no colon, which no gateway can tell from the password, unlike '%s'",
                    user);
        }
        SecretSource password = options.get(PASSWORD);
        return new GatewayClient(gateway, trust(options), () -> new Account(user, password.open()), timeout);
    }

    private static SSLContext trust(Options options) {
        Optional<Path> authorities = options.find(CA);
        Optional<String> pin = options.find(PIN);
        if (authorities.isPresent() && pin.isPresent()) {
            throw invalid("options ca and pin: name one of them, not both");
        }
        return pin.map(Trust::pinned)
                .orElseGet(() -> authorities.map(Trust::authorities).orElseGet(Trust::usual));
    }

    private static String devices(String folder) {
        if (!folder.startsWith("/") || folder.indexOf('\0') >= 0) {
            throw invalid("option devices: name an absolute folder such as /dev/disk/by-id, not '%s'", folder);
        }
        return folder;
    }

    private static Map<HostId, String> hosts(String text) {
        Map<HostId, String> hosts = new HashMap<>();
        for (String pair : text.split(",", -1)) {
            int equals = pair.lastIndexOf('=');
            if (equals > 0) {
                hosts.put(
                        new HostId(pair.substring(0, equals).strip()),
                        guid(pair.substring(equals + 1).strip()));
            } else if (!pair.isBlank()) {
                throw invalid("option hosts: '%s' is no pair such as web-1=271BAD82-08EE-44F2-A2B1-7E2787C27BE1", pair);
            }
        }
        if (Set.copyOf(hosts.values()).size() < hosts.size()) {
            throw invalid("option hosts: two hosts have the same GUID: '%s'", text);
        }
        return Map.copyOf(hosts);
    }

    private static String guid(String text) {
        try {
            return UUID.fromString(text).toString().toUpperCase(Locale.ROOT);
        } catch (IllegalArgumentException e) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .causedBy(e)
                    .message("option hosts: '%s' is no GUID, as 'drv_cfg --query_guid' tells one", text);
        }
    }

    private static <E extends Enum<E>> E word(Option<String> option, Options options, Class<E> kind) {
        String word = options.get(option);
        return Arrays.stream(kind.getEnumConstants())
                .filter(one -> one.name().toLowerCase(Locale.ROOT).equals(word))
                .findFirst()
                .orElseThrow(() -> invalid(
                        "option %s: it is one of %s, not '%s'",
                        option.name(), Arrays.toString(kind.getEnumConstants()).toLowerCase(Locale.ROOT), word));
    }

    private static DriverException invalid(String format, Object... arguments) {
        return DriverException.because(Failure.INVALID_REQUEST).message(format, arguments);
    }
}
