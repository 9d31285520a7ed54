// Shop takes orders on one port and keeps its stock on another.
package main

import (
	"context"
	"errors"
	"flag"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"example.com/shop/internal/demo"
	"example.com/shop/internal/front"
	"example.com/shop/internal/stock"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "address of the shop")
	stockAddr := flag.String("stock", "127.0.0.1:8081", "address of the stock service")
	runDemo := flag.Bool("demo", false, "take free ports, send a few requests and exit")
	flag.Parse()
	if *runDemo {
		*addr, *stockAddr = "127.0.0.1:0", "127.0.0.1:0"
	}
	if err := run(*addr, *stockAddr, *runDemo); err != nil {
		log.Fatal(err)
	}
}

// run serves until the process is told to stop or the demo is over.
func run(addr, stockAddr string, runDemo bool) error {
	stockListener, err := net.Listen("tcp", stockAddr)
	if err != nil {
		return err
	}
	shopListener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}

	failed := make(chan error, 2)
	stockServer := serve(stockListener, stock.Handler(), failed)
	shopServer := serve(shopListener, front.New("http://"+stockListener.Addr().String()), failed)

	if runDemo {
		if err := demo.Run("http://"+shopListener.Addr().String(), os.Stdout); err != nil {
			return err
		}
	} else {
		log.Printf("shop on %s, stock on %s", shopListener.Addr(), stockListener.Addr())
		stop := make(chan os.Signal, 1)
		signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
		select {
		case <-stop:
		case err := <-failed:
			return err
		}
	}

	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := shopServer.Shutdown(ctx); err != nil {
		return err
	}
	return stockServer.Shutdown(ctx)
}

// serve starts a server on the listener and reports on failed when it stops by itself.
func serve(listener net.Listener, handler http.Handler, failed chan<- error) *http.Server {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			failed <- err
		}
	}()
	return server
}
