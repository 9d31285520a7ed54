//! Masks the parts of a process's output that differ from run to run.
//!
//! In: the text that a program wrote. Out: the same text in which addresses, arguments in stack
//! traces, numbers of goroutines and threads, and ports that the system chose are replaced; after a
//! fatal error of the runtime, only the goroutine that failed is kept. Nothing is compared here.

/// Replaces the port in addresses of this machine by `PORT`. Ports of up to three digits were
/// chosen by the program and stay.
pub fn mask_ports(text: &str) -> String {
    let port = |digits: &str| if digits.len() > 3 { "PORT".to_owned() } else { digits.to_owned() };
    let text = replaced(text, "127.0.0.1:", char::is_ascii_digit, port);
    let text = replaced(&text, "[::1]:", char::is_ascii_digit, port);
    replaced(&text, "localhost:", char::is_ascii_digit, port)
}

/// Standard error without the parts that differ from process to process.
pub fn masked(stderr: &str) -> String {
    // A server that is closed during a client's handshake may or may not report that.
    let lines: Vec<&str> = stderr.lines().filter(|line| !line.contains("TLS handshake error")).collect();
    let lines = without_other_goroutines(&lines);
    let mut out = String::with_capacity(stderr.len());
    for (at, line) in lines.iter().enumerate() {
        let is_frame = lines.get(at + 1).is_some_and(|next| place(next).is_some()) && !line.starts_with('\t');
        match (place(line), function(line).filter(|_| is_frame)) {
            (Some(place), _) => out += place,
            (_, Some(function)) => out.extend([function, "(...)"]),
            _ => out += line,
        }
        out.push('\n');
    }
    let out = replaced(&out, "0x", char::is_ascii_hexdigit, |_| "?".to_owned());
    let out = replaced(&out, "goroutine ", char::is_ascii_digit, |_| "N".to_owned());
    let out = replaced(&out, "m=", |c| c.is_ascii_digit() || *c == '-', |_| "N".to_owned());
    mask_ports(&out)
}

/// After a fatal error of the runtime, keeps the first goroutine only: the state of the others, and
/// of the runtime's own, differs from run to run.
fn without_other_goroutines<'t>(lines: &[&'t str]) -> Vec<&'t str> {
    let mut kept = Vec::new();
    let mut rest = lines.iter().copied();
    for line in rest.by_ref() {
        kept.push(line);
        if line.contains("fatal error: ") {
            break;
        }
    }
    kept.extend(rest.skip_while(|line| !line.starts_with("goroutine ")).take_while(|line| !line.is_empty()));
    kept
}

/// The place without its offset, `\t/x/main.go:9 +0x1d` → `\t/x/main.go:9`; `None` if a line is no
/// place in a stack.
fn place(line: &str) -> Option<&str> {
    line.strip_prefix('\t')?;
    let ends = [".go:", ".s:"].into_iter().filter_map(|mark| Some(line.rfind(mark)? + mark.len()));
    let digits = ends.max()?;
    let rest = line.get(digits..)?;
    let length = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (number, behind) = rest.split_at(length);
    let is_place = !number.is_empty() && (behind.is_empty() || behind.starts_with(' '));
    line.get(..digits + length).filter(|_| is_place)
}

/// The function without its arguments, `net/http.(*conn).serve(0xc000, {0x1, 0x2})` →
/// `net/http.(*conn).serve`; `None` if a line does not end with arguments.
fn function(frame: &str) -> Option<&str> {
    frame.strip_suffix(')')?;
    let mut depth = 0;
    for (at, letter) in frame.char_indices().rev() {
        match letter {
            ')' => depth += 1,
            '(' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return frame.get(..at);
        }
    }
    None
}

/// Replaces the run of letters accepted by `is` after each `prefix` that begins a word.
fn replaced(text: &str, prefix: &str, is: impl Fn(&char) -> bool, by: impl Fn(&str) -> String) -> String {
    let mut parts = text.split(prefix);
    let mut out = parts.next().unwrap_or_default().to_owned();
    let is_word = prefix.starts_with(|c: char| c.is_ascii_alphanumeric());
    for part in parts {
        let inside = is_word && out.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        let end = part.find(|c: char| !is(&c)).unwrap_or(part.len());
        let (run, rest) = part.split_at(end);
        out += prefix;
        if inside {
            out += run;
        } else if !run.is_empty() {
            out += &by(run);
        }
        out += rest;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_that_a_program_has_chosen_stay() {
        assert_eq!(mask_ports("http://127.0.0.1:40001/x"), "http://127.0.0.1:PORT/x");
        assert_eq!(
            mask_ports("127.0.0.1:80 and [::1]:50000 and localhost:"),
            "127.0.0.1:80 and [::1]:PORT and localhost:"
        );
    }

    #[test]
    fn a_stack_is_the_same_on_every_run() {
        let stack = "panic: no\n\ngoroutine 18 gp=0xc0001 m=3 mp=0x7f [running]:\nmain.(*t).f(0xc000012345, {0x1, (0x2)})\n\
                     \t/x/main.go:9 +0x1d\nmain.inlined(...)\n\t/x/main.go:10\nruntime.goexit({})\n\t/go/asm_amd64.s:17 +0x1 fp=0x2\n\
                     param=4 exit (1)\n";
        let wanted = "panic: no\n\ngoroutine N gp=0x? m=N mp=0x? [running]:\nmain.(*t).f(...)\n\
                      \t/x/main.go:9\nmain.inlined(...)\n\t/x/main.go:10\nruntime.goexit(...)\n\t/go/asm_amd64.s:17\n\
                      param=4 exit (1)\n";
        assert_eq!(masked(stack), wanted);
    }

    #[test]
    fn what_other_goroutines_were_doing_is_chance() {
        let fatal = "before\nfatal error: all goroutines are asleep - deadlock!\n\ngoroutine 1 [select (no cases)]:\nmain.main()\n\
                     \t/x/main.go:3 +0x1\n\ngoroutine 7 [sleep]:\nother()\n\t/x/other.go:1 +0x2\n";
        let wanted = "before\nfatal error: all goroutines are asleep - deadlock!\n\
                      goroutine N [select (no cases)]:\nmain.main(...)\n\t/x/main.go:3\n";
        assert_eq!(masked(fatal), wanted);
        assert_eq!(masked("x\nhttp: TLS handshake error from 127.0.0.1:4711: EOF\ny\n"), "x\ny\n");
    }
}
