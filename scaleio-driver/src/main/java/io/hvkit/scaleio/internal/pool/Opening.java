package io.hvkit.scaleio.internal.pool;

import com.fasterxml.jackson.databind.JsonNode;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.PoolId;
import io.hvkit.scaleio.internal.gateway.Call;
import io.hvkit.scaleio.internal.gateway.GatewayClient;
import io.hvkit.scaleio.internal.gateway.Json;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds a pool on the array, and refuses one that does not keep what the SPI promises. Changes nothing. */
public final class Opening {

    private static final Pattern VERSION = Pattern.compile("(\\d{1,4})\\.(\\d{1,4}).*");

    /** What is done with a pool that does not write zeroes before a block is first given out. */
    public enum Unpadded {
        /** It is not opened. */
        REFUSE,
        /** It is opened: whoever wants that answers for what new volumes show. */
        ACCEPT
    }

    /** How new volumes take their room. */
    public enum Provisioning {
        /** As they are written. */
        THIN(ScaleIoPool.THIN),
        /** At once. */
        THICK(ScaleIoPool.THICK);

        private final String word;

        Provisioning(String word) {
            this.word = word;
        }
    }

    /**
     * What is to be opened.
     *
     * @param domain the name of the protection domain; empty if the pool's name is enough
     */
    public record Wanted(PoolId id, String domain, String pool, Unpadded unpadded, Provisioning provisioning) {}

    private final GatewayClient client;
    private final Wanted wanted;

    /** Makes one that has asked nothing yet. */
    public Opening(GatewayClient client, Wanted wanted) {
        this.client = client;
        this.wanted = wanted;
    }

    /** Looks, and returns what was found. */
    public ScaleIoPool.Opened open() throws InterruptedException {
        requireVersion(client.require(Call.get("/api/version"), Json.aText()));
        String system = system();
        JsonNode pool = pool();
        if (!pool.path("zeroPaddingEnabled").asBoolean(false) && wanted.unpadded == Unpadded.REFUSE) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message(
                            "pool %s has zero padding off, so that new volumes may show what others left behind; turn it on"
                                    + " before it has devices, or set the option unpadded to accept",
                            wanted.pool);
        }
        return new ScaleIoPool.Opened(wanted.id, system, pool.path("id").asText(""), wanted.provisioning.word);
    }

    private static void requireVersion(String text) {
        Matcher version = VERSION.matcher(text);
        if (!version.matches()) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message("the gateway calls its version '%s', which is none", text);
        }
        int major = Integer.parseInt(version.group(1));
        int minor = Integer.parseInt(version.group(2));
        if (major < 3 || (major == 3 && minor < 5)) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message("the gateway has version %s; 3.5, 3.6 and 4.x are known here", text);
        }
    }

    private String system() throws InterruptedException {
        List<String> ids = client.require(
                Call.get("/api/types/System/instances"),
                Json.aList(node -> node.path("id").asText(""), Names::isId));
        if (ids.size() != 1) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message("the gateway speaks for %d systems, and not for one", ids.size());
        }
        return ids.get(0);
    }

    private JsonNode pool() throws InterruptedException {
        List<JsonNode> domains = client.require(
                Call.get("/api/types/ProtectionDomain/instances"),
                Json.aList(
                        node -> node,
                        node -> wanted.domain.isEmpty()
                                || wanted.domain.equals(node.path("name").asText(""))));
        List<String> ids =
                domains.stream().map(node -> node.path("id").asText("")).toList();
        List<JsonNode> pools = client.require(
                Call.get("/api/types/StoragePool/instances"),
                Json.aList(
                        node -> node,
                        node -> wanted.pool.equals(node.path("name").asText(""))
                                && ids.contains(node.path("protectionDomainId").asText(""))));
        if (pools.isEmpty()) {
            throw DriverException.because(Failure.NOT_FOUND)
                    .message("the array has no pool %s%s", wanted.pool, inDomain());
        }
        if (pools.size() > 1) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "%d protection domains have a pool %s; name one by the option domain",
                            pools.size(), wanted.pool);
        }
        JsonNode pool = pools.get(0);
        domains.stream()
                .filter(domain -> domain.path("id").equals(pool.path("protectionDomainId")))
                .forEach(this::requireMirroring);
        return pool;
    }

    private String inDomain() {
        return wanted.domain.isEmpty() ? "" : " in a protection domain " + wanted.domain;
    }

    private void requireMirroring(JsonNode domain) {
        String generation = domain.path("genType").asText("Mirroring");
        if (generation.equals("EC")) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message(
                            "pool %s is of the generation with erasure coding (EC), whose volumes, snapshots and statistics are"
                                    + " other ones; name a pool whose protection domain mirrors",
                            wanted.pool);
        }
    }
}
