package io.hvkit.scaleio;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.HostFacts;
import io.hvkit.core.HostFeature;
import io.hvkit.core.HostId;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.scaleio.internal.host.ClientDevices;
import io.hvkit.scaleio.internal.host.DataClient;
import io.hvkit.storage.spi.DeviceAccess;
import io.hvkit.storage.spi.EndPoint;
import io.hvkit.storage.spi.Images;
import io.hvkit.storage.spi.LuksVolumes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A host that reaches volumes of PowerFlex through its client (SDC): any end point, and what the client tells. It sees devices come
 * some time after {@code attach}, and go some time after {@code detach}; all else is the end point's. The client's {@code drv_cfg}
 * is run there as root; nothing of ours is installed.
 *
 * <pre>{@code
 * CommandRunner programs = CommandRunner.local();
 * EndPoint host = ScaleIoHost.of(KvmEndPoint.by(new HostId("web-1"), programs), programs);
 * }</pre>
 *
 * <p>A host without the client, or whose client does not answer, is {@code HOST_NOT_READY} with the reason as soon as something of the
 * array is asked of it; {@link #probe} tells so beforehand.
 */
public final class ScaleIoHost implements EndPoint {

    /** Where PowerFlex installs {@code drv_cfg}. */
    public static final Path USUAL_DRV_CFG = Path.of("/opt/emc/scaleio/sdc/bin/drv_cfg");

    private final EndPoint endPoint;
    private final DataClient client;

    private ScaleIoHost(EndPoint endPoint, DataClient client) {
        this.endPoint = endPoint;
        this.client = client;
    }

    /**
     * Returns the host of an end point, which is closed with it.
     *
     * @param programs runs programs on that same host; its owner closes it, after this
     */
    public static ScaleIoHost of(EndPoint endPoint, CommandRunner programs) {
        return new ScaleIoHost(endPoint, new DataClient(endPoint.host(), programs, USUAL_DRV_CFG));
    }

    /** Returns this host with {@code drv_cfg} in another place. */
    public ScaleIoHost withDrvCfg(Path program) {
        return new ScaleIoHost(endPoint, new DataClient(client.host(), client.runner(), program));
    }

    /**
     * Returns what the array knows this host's client by, in capital letters.
     *
     * <p>Failures: {@code HOST_NOT_READY} if there is no client; {@code UNREACHABLE}.
     */
    public String guid() throws InterruptedException {
        return client.guid();
    }

    /** Returns what to set {@link ScaleIoDriver#HOSTS} to, so that a pool knows these hosts; asks each. */
    public static String option(List<ScaleIoHost> hosts) throws InterruptedException {
        List<String> pairs = new ArrayList<>();
        for (ScaleIoHost host : hosts) {
            pairs.add(host.host() + "=" + host.guid());
        }
        return String.join(",", pairs);
    }

    @Override
    public HostId host() {
        return endPoint.host();
    }

    /** Looks for the client too: {@link HostFeature#POWERFLEX_CLIENT}. */
    @Override
    public HostFacts probe() throws InterruptedException {
        HostFacts facts = endPoint.probe();
        try {
            String guid = client.guid();
            Set<String> systems = client.systems();
            return systems.isEmpty()
                    ? facts.lacking(
                            HostFeature.POWERFLEX_CLIENT,
                            "the client knows no system; add one by 'drv_cfg --add_mdm'",
                            Map.of("guid", guid))
                    : facts.having(
                            HostFeature.POWERFLEX_CLIENT,
                            "drv_cfg answers",
                            Map.of("guid", guid, "systems", String.join(",", systems)));
        } catch (DriverException e) {
            if (e.failure() != Failure.HOST_NOT_READY) {
                throw e;
            }
            return facts.lacking(HostFeature.POWERFLEX_CLIENT, String.valueOf(e.getMessage()));
        }
    }

    @Override
    public Images images() {
        return endPoint.images();
    }

    @Override
    public Optional<LuksVolumes> luks() {
        return endPoint.luks();
    }

    @Override
    public Optional<DeviceAccess> deviceAccess() {
        return Optional.of(new ClientDevices(client, endPoint.deviceAccess()));
    }

    @Override
    public void close() {
        endPoint.close();
    }

    @Override
    public String toString() {
        return "PowerFlex client of " + endPoint;
    }
}
