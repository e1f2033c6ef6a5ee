package io.hvkit.scaleio.internal.pool;

import com.fasterxml.jackson.databind.JsonNode;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.scaleio.internal.gateway.ArrayError;
import io.hvkit.scaleio.internal.gateway.Call;
import io.hvkit.scaleio.internal.gateway.GatewayClient;
import io.hvkit.scaleio.internal.gateway.Json;
import io.hvkit.scaleio.internal.gateway.Refusal;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * Hosts as the array knows them, by the data client (SDC) that each runs. A host is called as the option says, else as the array
 * names its client, else by the client's GUID.
 */
final class Clients {

    /** A data client. */
    record Sdc(String id, HostId host, boolean isConnected) {}

    private final GatewayClient client;
    private final Map<HostId, String> guids;
    private final Map<String, HostId> hosts;
    private final Map<HostId, String> ids = new ConcurrentHashMap<>();

    /** Makes one that knows some hosts by the GUIDs of their clients, in capital letters. */
    Clients(GatewayClient client, Map<HostId, String> guids) {
        this.client = client;
        this.guids = guids;
        this.hosts = guids.entrySet().stream().collect(Collectors.toMap(Map.Entry::getValue, Map.Entry::getKey));
    }

    /** Returns the client that a host runs, if it can be used. */
    Sdc ready(HostId host) throws InterruptedException {
        Sdc sdc = find(host).orElseThrow(() -> missing(host));
        if (!sdc.isConnected) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .message(
                            "the PowerFlex client (SDC) of host %s is not connected to the array; see that scini runs there"
                                    + " and reaches the MDMs",
                            host);
        }
        return sdc;
    }

    /** Returns the array's id of the client that a host runs, connected or not. */
    Optional<String> idOf(HostId host) throws InterruptedException {
        return find(host).map(Sdc::id);
    }

    private DriverException missing(HostId host) {
        String guid = guids.get(host);
        return DriverException.because(Failure.HOST_NOT_READY)
                .message(
                        "the array knows no PowerFlex client (SDC) %s for host %s; install it there, or say by the option"
                                + " hosts which GUID 'drv_cfg --query_guid' tells there",
                        guid == null ? "of that name or GUID" : guid, host);
    }

    private Optional<Sdc> find(HostId host) throws InterruptedException {
        String known = ids.get(host);
        if (known != null) {
            Optional<Sdc> same = byId(known).filter(sdc -> sdc.host.equals(host));
            if (same.isPresent()) {
                return same;
            }
        }
        List<Sdc> found = client.require(
                Call.get("/api/types/Sdc/instances"), Json.aList(this::sdc, sdc -> sdc.host.equals(host)));
        if (found.size() > 1) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .message(
                            "the array has %d clients for host %s; name its GUID by the option hosts",
                            found.size(), host);
        }
        found.forEach(sdc -> ids.put(host, sdc.id));
        return found.stream().findFirst();
    }

    /** Returns how a host is called that has a mapping. */
    HostId hostOf(ArrayVolume.Mapping mapping) throws InterruptedException {
        return byId(mapping.sdc()).map(Sdc::host).orElseGet(() -> new HostId("sdc-" + mapping.sdc()));
    }

    private Optional<Sdc> byId(String id) throws InterruptedException {
        try {
            return Optional.of(sdc(client.call(Call.get("/api/instances/Sdc::" + id), Json.anObject())));
        } catch (Refusal e) {
            if (e.is(ArrayError.SDC_NOT_FOUND)) {
                return Optional.empty();
            }
            throw e.asFailure();
        }
    }

    private Sdc sdc(JsonNode node) {
        String guid = node.path("sdcGuid").asText("").toUpperCase(Locale.ROOT);
        String id = node.path("id").asText("");
        return new Sdc(
                id,
                Optional.ofNullable(hosts.get(guid))
                        .orElseGet(() -> named(node.path("name").asText(""), guid, id)),
                node.path("mdmConnectionState").asText("").equals("Connected"));
    }

    private static HostId named(String name, String guid, String id) {
        if (!name.isEmpty() && !name.equals("null")) {
            return new HostId(name);
        }
        return new HostId(guid.isEmpty() ? "sdc-" + id : guid);
    }
}
