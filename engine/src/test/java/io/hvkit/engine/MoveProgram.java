package io.hvkit.engine;

import io.hvkit.catalog.jdbc.JdbcCatalog;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.HostId;
import io.hvkit.core.Option;
import io.hvkit.core.Options;
import io.hvkit.core.SpiVersion;
import io.hvkit.engine.key.KeyProvider;
import io.hvkit.engine.volume.MoveRequest;
import io.hvkit.hypervisor.spi.BlockJob;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorDriver;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.hypervisor.spi.LiveDiskMigration;
import io.hvkit.kvm.DirectoryPoolDriver;
import io.hvkit.kvm.KvmDriver;
import io.hvkit.storage.spi.StorageDrivers;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A process of its own that moves a volume, or encrypts it anew, and stands still right after one call to the host, until it is killed. */
final class MoveProgram {

    private static final Duration LEASE = Duration.ofSeconds(5);

    /** What to say for the pool of a volume that is to be encrypted anew in its own. */
    static final String NOWHERE_ELSE = "nowhere else";

    private MoveProgram() {}

    /** Arguments: the folder, the volume, the pool, the call after which it stands still, the file that says that it does. */
    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        RecordId<VolumeRecord> volume = new RecordId<>(arguments[1]);
        Standstill driver = new Standstill(new KvmDriver(), arguments[3], Path.of(arguments[4]));
        try (HvKit hvkit = open(folder, driver)) {
            if (arguments[2].equals(NOWHERE_ELSE)) {
                hvkit.volumes().encrypt(volume).await();
            } else {
                RecordId<PoolRecord> pool = new RecordId<>(arguments[2]);
                hvkit.volumes().move(MoveRequest.of(volume, pool)).await();
            }
        }
        System.out.println("it came to its end");
    }

    static HvKit open(Path folder, HypervisorDriver driver) throws InterruptedException {
        return HvKit.open(HvKitConfig.on(JdbcCatalog.file(folder.resolve("catalog.db")))
                .leasing(LEASE)
                .keysFrom(KeyProvider.file(folder.resolve("kek")))
                .driversFrom(
                        HypervisorDrivers.of(List.of(driver)), StorageDrivers.of(List.of(new DirectoryPoolDriver()))));
    }

    /** Hosts after one of whose calls a process goes no further. */
    private record Standstill(HypervisorDriver real, String call, Path said) implements HypervisorDriver {

        private static final List<Class<?>> LASTING = List.of(LiveDiskMigration.class, BlockJob.class);

        @Override
        public Set<HypervisorType> types() {
            return real.types();
        }

        @Override
        public SpiVersion builtAgainst() {
            return real.builtAgainst();
        }

        @Override
        public Set<Option<?>> options() {
            return real.options();
        }

        @Override
        public Hypervisor open(HostId host, HypervisorType type, Options options) throws InterruptedException {
            return (Hypervisor) halting(Hypervisor.class, real.open(host, type, options));
        }

        private Object halting(Class<?> kind, Object target) {
            return Proxy.newProxyInstance(kind.getClassLoader(), new Class<?>[] {kind}, (proxy, method, arguments) -> {
                try {
                    Object result = method.invoke(target, arguments);
                    if (kind != Hypervisor.class && call.equals(method.getName())) {
                        Files.createFile(said);
                        Thread.currentThread().join(); // for ever
                    }
                    return result instanceof Optional<?> some
                            ? some.map(this::haltingIfLasting)
                            : haltingIfLasting(result);
                } catch (InvocationTargetException e) {
                    throw e.getCause();
                }
            });
        }

        private Object haltingIfLasting(Object result) {
            for (Class<?> kind : LASTING) {
                if (kind.isInstance(result)) {
                    return halting(kind, result);
                }
            }
            return result;
        }
    }
}
