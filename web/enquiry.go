package web

func (s *Server) enquiryPages() []page { return nil }
