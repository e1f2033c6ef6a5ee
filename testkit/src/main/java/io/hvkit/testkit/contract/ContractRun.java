package io.hvkit.testkit.contract;

import io.hvkit.testkit.contract.ContractReport.Case;
import io.hvkit.testkit.contract.ContractReport.Result;
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
    private volatile Optional<ContractCases> contract = Optional.empty();
    private volatile Optional<ContractCases.Subject> subject = Optional.empty();

    /** Made by JUnit. */
    public ContractRun() {}

    @Override
    public void interceptTestMethod(
            Invocation<Void> invocation, ReflectiveInvocationContext<Method> method, ExtensionContext context)
            throws Throwable {
        intercept(invocation, method.getExecutable().getName(), "", context);
    }

    @Override
    public void interceptTestTemplateMethod(
            Invocation<Void> invocation, ReflectiveInvocationContext<Method> method, ExtensionContext context)
            throws Throwable {
        intercept(invocation, method.getExecutable().getName(), " (" + context.getDisplayName() + ")", context);
    }

    private void intercept(Invocation<Void> invocation, String name, String variant, ExtensionContext context)
            throws Throwable {
        ContractCases running = (ContractCases) context.getRequiredTestInstance();
        contract = Optional.of(running);
        subject = Optional.of(running.subject()); // afterwards it may be gone
        Optional<Waiver> waiver = running.waivers().stream()
                .filter(each -> each.name().equals(name) || each.name().equals(name + variant))
                .findAny();
        if (waiver.isPresent()) {
            waived(name + variant, waiver.get(), invocation);
        } else {
            judged(name + variant, invocation);
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

    private void waived(String name, Waiver waiver, Invocation<Void> invocation) throws Throwable {
        try {
            invocation.proceed();
        } catch (InterruptedException | VirtualMachineError e) {
            throw e;
        } catch (Throwable e) { // as said; the report has the reason
            cases.add(new Case(name, Result.WAIVED, waiver.reason()));
            return;
        }
        cases.add(new Case(name, Result.BROKEN, "the waiver is not needed: " + waiver.reason()));
        throw new AssertionError("case " + name + " is kept; remove its waiver (" + waiver.reason() + ")");
    }

    @Override
    public void afterAll(ExtensionContext context) throws IOException {
        ContractCases ran = contract.orElse(null);
        ContractCases.Subject judged = subject.orElse(null);
        if (ran == null || judged == null) {
            return;
        }
        for (Waiver waiver : ran.waivers()) {
            if (cases.stream().noneMatch(one -> isAbout(one, waiver))) {
                cases.add(new Case(
                        waiver.name(), Result.WAIVED, waiver.reason() + " (not among the cases that were run)"));
            }
        }
        new ContractReport(context.getRequiredTestClass().getSimpleName(), judged.type(), judged.features(), cases)
                .write(ran.reports());
    }

    /** A waiver names a case, or one of the runs of a case that is run in several ways. */
    private static boolean isAbout(Case one, Waiver waiver) {
        return one.name().equals(waiver.name()) || one.name().startsWith(waiver.name() + " (");
    }
}
