package io.hvkit.testkit.hypervisor;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.hypervisor.spi.BlockJob;
import io.hvkit.hypervisor.spi.HotPlug;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.LiveDiskMigration;
import io.hvkit.hypervisor.spi.LiveMigration;
import io.hvkit.hypervisor.spi.MachineSnapshots;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** Does one thing once, and refuses it ever after, whatever became of it the first time. */
final class Stubborn extends Relay {

    private final String once;
    private final AtomicBoolean heard = new AtomicBoolean();

    /**
     * @param once the method of a facet, or of a job
     */
    Stubborn(Hypervisor real, String once) {
        super(real);
        this.once = once;
    }

    @Override
    public Optional<HotPlug> hotPlug() {
        return super.hotPlug().map(plug -> stubborn(HotPlug.class, plug));
    }

    @Override
    public Optional<LiveDiskMigration> liveDiskMigration() {
        return super.liveDiskMigration().map(moves -> stubborn(LiveDiskMigration.class, moves));
    }

    @Override
    public Optional<MachineSnapshots> machineSnapshots() {
        return super.machineSnapshots().map(snapshots -> stubborn(MachineSnapshots.class, snapshots));
    }

    @Override
    public Optional<LiveMigration> liveMigration() {
        return super.liveMigration().map(migration -> stubborn(LiveMigration.class, migration));
    }

    private <T> T stubborn(Class<T> type, T asked) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] {type},
                (proxy, method, arguments) -> passed(asked, method, arguments == null ? new Object[0] : arguments)));
    }

    private Object passed(Object asked, Method method, Object[] arguments) throws Throwable {
        if (method.getName().equals(once) && heard.getAndSet(true)) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY).message("not again: %s", once);
        }
        try {
            Object answer = method.invoke(asked, arguments);
            return answer instanceof BlockJob job ? stubborn(BlockJob.class, job) : answer;
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
