package io.hvkit.testkit.hypervisor;

import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.testkit.hypervisor.ContractReport.Case;
import io.hvkit.testkit.hypervisor.ContractReport.Result;
import java.io.IOException;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;

/** What the contracts are extended with: runs their cases, holds waivers to their word, and writes the report. */
public final class ContractRun implements InvocationInterceptor, AfterAllCallback {

    private final List<Case> cases = new CopyOnWriteArrayList<>();
    private volatile Optional<HypervisorCases> contract = Optional.empty();

    /** Made by JUnit. */
    public ContractRun() {}

    @Override
    public void interceptTestMethod(
            Invocation<Void> invocation, ReflectiveInvocationContext<Method> method, ExtensionContext context)
            throws Throwable {
        HypervisorCases running = (HypervisorCases) context.getRequiredTestInstance();
        contract = Optional.of(running);
        String name = method.getExecutable().getName();
        Optional<Waiver> waiver = running.waivers().stream()
                .filter(each -> each.name().equals(name))
                .findAny();
        if (waiver.isPresent()) {
            waived(waiver.get(), invocation);
        } else {
            judged(name, invocation);
        }
    }

    private void judged(String name, Invocation<Void> invocation) throws Throwable {
        try {
            invocation.proceed();
            cases.add(new Case(name, Result.KEPT, ""));
        } catch (Throwable e) {
            cases.add(new Case(name, Result.BROKEN, Objects.requireNonNullElse(e.getMessage(), e.toString())));
            throw e;
        }
    }

    private void waived(Waiver waiver, Invocation<Void> invocation) throws Throwable {
        try {
            invocation.proceed();
        } catch (InterruptedException | VirtualMachineError e) {
            throw e;
        } catch (Throwable e) { // as said; the report has the reason
            cases.add(new Case(waiver.name(), Result.WAIVED, waiver.reason()));
            return;
        }
        cases.add(new Case(waiver.name(), Result.BROKEN, "the waiver is not needed: " + waiver.reason()));
        throw new AssertionError("case " + waiver.name() + " is kept; remove its waiver (" + waiver.reason() + ")");
    }

    @Override
    public void afterAll(ExtensionContext context) throws IOException {
        HypervisorCases ran = contract.orElse(null);
        if (ran == null) {
            return;
        }
        for (Waiver waiver : ran.waivers()) {
            if (cases.stream().noneMatch(one -> one.name().equals(waiver.name()))) {
                cases.add(new Case(
                        waiver.name(), Result.WAIVED, waiver.reason() + " (not among the cases that were run)"));
            }
        }
        HypervisorType type = ran.underTest().type();
        new ContractReport(
                        context.getRequiredTestClass().getSimpleName(),
                        type.id(),
                        type.features().toString(),
                        cases)
                .write(ran.reports());
    }
}
