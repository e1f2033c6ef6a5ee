package io.hvkit.testkit.hypervisor;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContextProvider;

/** Runs each case with a call that is lost on the way to the host, and with an answer that is lost on the way back. */
public final class CallThenAnswer implements TestTemplateInvocationContextProvider {

    /** Made by JUnit. */
    public CallThenAnswer() {}

    private record Run(LossCases.Lost lost) implements TestTemplateInvocationContext {

        @Override
        public String getDisplayName(int invocation) {
            return lost.name().toLowerCase(Locale.ROOT) + " lost";
        }

        @Override
        public List<Extension> getAdditionalExtensions() {
            BeforeEachCallback set = context -> ((LossCases) context.getRequiredTestInstance()).lost = lost;
            return List.of(set);
        }
    }

    @Override
    public boolean supportsTestTemplate(ExtensionContext context) {
        return true;
    }

    @Override
    public Stream<TestTemplateInvocationContext> provideTestTemplateInvocationContexts(ExtensionContext context) {
        return Stream.of(LossCases.Lost.values()).map(Run::new);
    }
}
