package io.hvkit.examples.scaleio;

import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.engine.HvKit;
import io.hvkit.engine.HvKitConfig;
import io.hvkit.engine.key.KeyProvider;
import io.hvkit.examples.storage.Platform;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.kvm.KvmEndPoint;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.scaleio.ScaleIoHost;
import io.hvkit.storage.spi.EndPoint;
import io.hvkit.storage.spi.StorageDrivers;
import java.net.URI;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/**
 * What every process of a platform with PowerFlex knows of its engine.
 *
 * @param drvCfg the program of PowerFlex's client on its hosts
 */
record FlexPlatform(Platform platform, Path drvCfg) {

    // tag::open[]
    HvKit open(InstantSource clock) throws InterruptedException {
        ClassLoader here = FlexPlatform.class.getClassLoader();
        return HvKit.open(HvKitConfig.on(platform.catalog())
                .keysFrom(KeyProvider.file(platform.masterKeys()))
                .driversFrom(HypervisorDrivers.discoveredBy(here), StorageDrivers.discoveredBy(here))
                .endPointsFrom(host -> Optional.of(endPoint(host)))
                .leasing(HvKitConfig.SHORTEST_LEASE) // so that others soon take over from a process that died
                .timedBy(clock));
    }

    /** Waits for devices that come late and go late, and writes the headers of encrypted volumes. */
    ScaleIoHost endPoint(HostRecord host) {
        EndPoint programs =
                KvmEndPoint.at(host.hostId(), URI.create(host.options().text("uri")));
        return ScaleIoHost.of(programs, CommandRunner.local()).withDrvCfg(drvCfg);
    }
    // end::open[]

    /** Returns the program that moves a volume in another process, and its arguments. */
    List<String> moving() {
        return List.of(
                FlexMoveProgram.class.getName(),
                platform.database(),
                platform.masterKeys().toString(),
                drvCfg.toString());
    }
}
