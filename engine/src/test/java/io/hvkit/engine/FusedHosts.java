package io.hvkit.engine;

import io.hvkit.core.HostId;
import io.hvkit.core.MachineId;
import io.hvkit.core.Option;
import io.hvkit.core.Options;
import io.hvkit.core.Secret;
import io.hvkit.core.SpiVersion;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.hypervisor.spi.BackupJob;
import io.hvkit.hypervisor.spi.BlockJob;
import io.hvkit.hypervisor.spi.ChangeTracking;
import io.hvkit.hypervisor.spi.DirectDownload;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskBackups;
import io.hvkit.hypervisor.spi.HotPlug;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorDriver;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.hypervisor.spi.LiveDiskMigration;
import io.hvkit.hypervisor.spi.LiveMigration;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineMove;
import io.hvkit.hypervisor.spi.MachineMoveJob;
import io.hvkit.hypervisor.spi.MachineSnapshots;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Hosts as a process sees them that dies before or after one of its calls. */
final class FusedHosts implements HypervisorDriver {

    private static final List<Class<?>> LASTING = List.of(
            LiveDiskMigration.class,
            LiveMigration.class,
            DirectDownload.class,
            HotPlug.class,
            BlockJob.class,
            MachineMoveJob.class,
            ChangeTracking.class,
            MachineSnapshots.class,
            DiskBackups.class,
            BackupJob.class);

    private final HypervisorDriver real;
    private final Fuse fuse;

    FusedHosts(HypervisorDriver real, Fuse fuse) {
        this.real = real;
        this.fuse = fuse;
    }

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
        Hypervisor open = real.open(host, type, options);
        return Hypervisor.class.cast(fused(Hypervisor.class, open, open));
    }

    /** Returns the same with a moment before and after each call, those of what it returns included. */
    private Object fused(Class<?> kind, Object target, Hypervisor host) {
        return Proxy.newProxyInstance(kind.getClassLoader(), new Class<?>[] {kind}, new Fused(target, host));
    }

    /** Passes calls on, and lives no longer than the process. */
    private final class Fused implements InvocationHandler {
        private final Object target;
        private final Hypervisor host;

        Fused(Object target, Hypervisor host) {
            this.target = target;
            this.host = host;
        }

        @Override
        public Object invoke(Object proxy, Method method, Object @Nullable [] arguments) throws Throwable {
            fuse.burn();
            try {
                Object result = method.invoke(target, bare(arguments, host));
                fuse.burn();
                return result instanceof Optional<?> some
                        ? some.map(one -> fusedIfLasting(one, host))
                        : fusedIfLasting(result, host);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        }
    }

    /** Drivers know their own connections alone. */
    private static Object @Nullable [] bare(Object @Nullable [] arguments, Hypervisor source)
            throws InterruptedException {
        if (arguments == null || arguments.length != 2 || !(arguments[0] instanceof MachineId machine)) {
            return arguments;
        }
        if (arguments[1] instanceof Hypervisor host) {
            return new Object[] {machine, bare(host)};
        }
        return arguments[1] instanceof MachineMove move
                ? new Object[] {machine, bare(machine, move, source)}
                : arguments;
    }

    private static Hypervisor bare(Hypervisor host) {
        return Proxy.isProxyClass(host.getClass()) && Proxy.getInvocationHandler(host) instanceof Fused fused
                ? (Hypervisor) fused.target
                : host;
    }

    private static MachineMove bare(MachineId machine, MachineMove move, Hypervisor source)
            throws InterruptedException {
        MachineMove same = MachineMove.to(bare(move.target()))
                .with(move.busyGuest())
                .with(move.sharedDisks())
                .over(move.wire());
        same = move.bandwidth().isPresent() ? same.limitedTo(move.bandwidth().get()) : same;
        for (Map.Entry<VolumeId, Disk> disk : move.disks().entrySet()) {
            same = same.moving(disk.getKey(), disk.getValue());
        }
        List<MachineDisk> disks = source.find(machine).map(Machine::disks).orElse(List.of());
        for (MachineDisk disk : disks) {
            Optional<Secret> key = move.key(disk.volume());
            same = key.isPresent() ? same.unlocking(disk.volume(), key.get()) : same;
        }
        return same;
    }

    private Object fusedIfLasting(Object result, Hypervisor host) {
        for (Class<?> kind : LASTING) {
            if (kind.isInstance(result)) {
                return fused(kind, result, host);
            }
        }
        return result;
    }
}
